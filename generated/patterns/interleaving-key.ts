// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'

/** One file of the scene's folder, in words, and its inode number. */
interface Found { text: string, ino: string }

/** All that stands in a folder: names, types, and what is in them. */
export function filesIn(folder: string, at = ''): Found[] {
  return fs.readdirSync(`${folder}${at}`, { withFileTypes: true }).flatMap(entry => {
    const name = `${at}/${entry.name}`
    const path = `${folder}${name}`
    const { ino, nlink, mode } = fs.lstatSync(path, { bigint: true })
    if (entry.isDirectory()) return [{ text: `${name}/ ${mode}`, ino: String(ino) }, ...filesIn(folder, name)]
    const content = entry.isSymbolicLink() ? fs.readlinkSync(path) : entry.isFile() ? contentOf(path) : ''
    return [{ text: `${name} ${mode} ${nlink} ${content}`, ino: String(ino) }]
  })
}

const contentOf = (path: string) => fs.readFileSync(path, 'latin1')

/** A file that a process has open: where its name is in the folder does not matter, what it is does. */
export function contentOfOpen(fd: number): { ino: string, content: string } {
  const status = fs.fstatSync(fd, { bigint: true })
  return { ino: String(status.ino), content: status.isFile() && status.nlink === 0n ? contentOf(`/proc/self/fd/${fd}`) : '' }
}

export const hash = (text: string) => createHash('sha1').update(text).digest('base64')
