// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { stat } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import { as, predict, setAcl, type Principal } from './shared-namespace.ts'

/** What Bob tries, and which bits on which thing one would ask for before. */
interface Trial { what: string, arrange(): void, path: string, want: number, act(): void, clear?(): void }

/** What was said before and what happened: 'yes', or the code of the error. */
export interface Verdict { what: string, mode: string, access: string, effective: string, kernel: string }

const accessCall = bind('int access(const char *path, int mode)')
const faccessatCall = bind('int faccessat(int at, const char *path, int mode, int flags)')
const [AT_FDCWD, AT_EACCESS] = [-100, 0x200]
const [ann, authors] = [1000, 2000]
const bob: Principal = { uid: 1001, gid: 1001, groups: [authors] }

function answer(action: () => unknown): string {
  try {
    return action() === false ? 'EACCES' : 'yes'
  } catch (error) {
    return (error as SystemError).code
  }
}

/** Tries everything in a folder, which must be empty and reachable for all, as the working folder. */
export function tryAll(): Verdict[] {
  return trials().map(({ what, arrange, path, want, act, clear }) => {
    arrange()
    const verdict = {
      what,
      mode: answer(() => predict(stat(path), bob, want)),
      access: as(bob, () => answer(() => accessCall(path, want))),
      effective: as(bob, () => answer(() => faccessatCall(AT_FDCWD, path, want, AT_EACCESS))),
      kernel: as(bob, () => answer(act)),
    }
    clear?.()
    return verdict
  })
}

const owned = (path: string, mode: number, uid = ann) => {
  fs.chownSync(path, uid, authors)
  fs.chmodSync(path, mode)
}
const file = (path: string, mode: number) => () => {
  fs.writeFileSync(path, 'text')
  owned(path, mode)
}
const folder = (path: string, mode: number, uid = ann) => {
  fs.mkdirSync(path)
  owned(path, mode, uid)
}
const listed = (path: string, acl: Parameters<typeof setAcl>[1]) => () => {
  file(path, 0o640)()
  setAcl(path, acl)
}

const aboutBits = (): Trial[] => [
  { what: 'read a file of his group', arrange: file('of-the-group', 0o640), path: 'of-the-group', want: 4,
    act: () => fs.readFileSync('of-the-group') },
  { what: 'read a file whose list names him', path: 'names-him', want: 4,
    arrange: () => {
      listed('names-him', { owner: 6, group: 0, other: 0, users: { 1001: 4 } })()
      fs.chownSync('names-him', ann, ann)
    }, act: () => fs.readFileSync('names-him') },
  { what: 'read a file that all may read but he', path: 'shuts-him-out', want: 4,
    arrange: listed('shuts-him-out', { owner: 6, group: 4, other: 4, users: { 1001: 0 } }),
    act: () => fs.readFileSync('shuts-him-out') },
  { what: 'write a file where the group bits are a mask', path: 'mask', want: 2,
    arrange: listed('mask', { owner: 6, group: 4, other: 0, users: { 1002: 6 } }),
    act: () => fs.appendFileSync('mask', 'more') },
]

const aboutFolders = (): Trial[] => [
  { what: 'remove a file that he may not write', path: 'his/file', want: 2,
    arrange: () => { folder('his', 0o700, 1001); file('his/file', 0o600)() }, act: () => fs.unlinkSync('his/file') },
  { what: "remove Ann's file from a sticky folder", path: 'sticky', want: 3,
    arrange: () => { folder('sticky', 0o1770); file('sticky/file', 0o660)() },
    act: () => fs.unlinkSync('sticky/file') },
  { what: 'make a name in a folder without x', path: 'no-x', want: 2, arrange: () => folder('no-x', 0o760),
    act: () => fs.writeFileSync('no-x/file', '') },
  { what: "move Ann's folder out of his own", path: 'out', want: 3,
    arrange: () => { folder('out', 0o700, 1001); folder('out/anns', 0o755) },
    act: () => fs.renameSync('out/anns', 'his/anns') },
  { what: 'chmod a file that he may write', arrange: file('writable', 0o660), path: 'writable', want: 2,
    act: () => fs.chmodSync('writable', 0o666) },
  { what: 'write a program that is running', path: 'program', want: 2, ...running('program'),
    act: () => fs.closeSync(fs.openSync('program', 'r+')) },
]
const trials = () => [...aboutBits(), ...aboutFolders()]

function running(path: string): Pick<Trial, 'arrange' | 'clear'> {
  let child: ReturnType<typeof spawn> | undefined
  return {
    arrange() {
      fs.copyFileSync('/bin/sleep', path)
      owned(path, 0o770)
      child = spawn(`./${path}`, ['60'], { stdio: 'ignore' })   // returns after exec
    },
    clear: () => { child?.kill('SIGKILL') },
  }
}
