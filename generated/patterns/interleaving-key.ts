// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'

/** A file, in words, and its inode number. */
interface Found { text: string, ino: string }

/** All that stands in a folder: names, types, and what is in them. */
export function filesIn(folder: string, at = ''): Found[] {
  const { ino, mode } = fs.lstatSync(`${folder}${at}`, { bigint: true })
  const entries = fs.readdirSync(`${folder}${at}`, { withFileTypes: true })
  return [{ text: `${at}/ ${mode}`, ino: String(ino) }, ...entries.flatMap(entry => {
    const name = `${at}/${entry.name}`
    if (entry.isDirectory()) return filesIn(folder, name)
    const { ino, nlink, mode } = fs.lstatSync(`${folder}${name}`, { bigint: true })
    const path = `${folder}${name}`
    const content = entry.isSymbolicLink() ? fs.readlinkSync(path) : entry.isFile() ? contentOf(path) : ''
    return [{ text: `${name} ${mode} ${nlink} ${content}`, ino: String(ino) }]
  })]
}

const contentOf = (path: string) => fs.readFileSync(path, 'latin1')

/** A file that a process has open: which one, what is locked, and what is in it if it has no name. */
export function descriptorIn(fd: number, word: string): Found {
  const status = fs.fstatSync(fd, { bigint: true })
  const content = status.isFile() && status.nlink === 0n ? contentOf(`/proc/self/fd/${fd}`) : ''
  // lock:	1: FLOCK  ADVISORY  WRITE 4711 00:1c:1234 0 EOF
  const locks = contentOf(`/proc/self/fdinfo/${fd}`).matchAll(/^lock:\s+\S+\s+(\S+\s+\S+\s+\S+)\s+\S+\s+\S+ (.*)/gm)
  const held = [...locks].map(([, kind, range]) => `${kind} ${range}`).sort()
  return { text: `${word} ${status.mode} ${held} ${content}`, ino: String(status.ino) }
}
