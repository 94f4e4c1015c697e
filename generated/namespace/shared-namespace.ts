// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { stat, type Stat } from '../foundations/file.ts'
import { bind, type Path } from '../foundations/kernel.ts'
import { mkdir } from '../foundations/name.ts'

const NUMBERS = process.arch === 'arm64'
  ? { groups: 159, gid: 149, uid: 147 } : { groups: 116, gid: 119, uid: 117 }
const setgroupsCall = bind('int setgroups(size_t count, const void *groups)', { number: NUMBERS.groups })
const setresgidCall = bind(
  'int setresgid(unsigned int real, unsigned int effective, unsigned int saved)', { number: NUMBERS.gid })
const setresuidCall = bind(
  'int setresuid(unsigned int real, unsigned int effective, unsigned int saved)', { number: NUMBERS.uid })
const AS_IT_IS = 2 ** 32 - 1

/** Who asks. `groups` are those besides `gid`. */
export interface Principal { uid: number, gid: number, groups?: readonly number[] }

/**
 * Runs `action` as somebody else, in this thread only, and returns what it returned. Only synchronous
 * calls are made as that user. EPERM if this process is not root's.
 */
export function as<T>(who: Principal, action: () => T): T {
  const before = { uid: process.geteuid!(), gid: process.getegid!(), groups: process.getgroups!() }
  startPool()
  try {
    become({ groups: [], ...who })
    const result = action()
    if (result instanceof Promise) throw new TypeError('what is done as somebody else is done at once')
    return result
  } finally {
    comeBack(before)
  }
}

type Whole = Required<Principal>

function become({ uid, gid, groups }: Whole): void {
  setgroupsCall(groups.length, new Uint8Array(Uint32Array.from(groups).buffer))
  setresgidCall(AS_IT_IS, gid, AS_IT_IS)
  setresuidCall(AS_IT_IS, uid, AS_IT_IS)   // last, for it takes the right to do the others
}

function comeBack({ uid, gid, groups }: Whole): void {
  try {
    setresuidCall(AS_IT_IS, uid, AS_IT_IS)
    if (uid === 0) become({ uid, gid, groups })
  } catch {
    process.abort()
  }
}

let isPoolStarted = false

/** Lets the pool's threads begin as who we are now: a thread takes after the one that starts it. */
export function startPool(): void {
  if (!isPoolStarted) randomBytes(1, () => {})
  isPoolStarted = true
}

/**
 * Bits 4 (read), 2 (write), 1 (execute) for the owner, the group, all others, and by id for further
 * users and groups. The mask cuts all but owner and others; without one, it is what the entries need.
 */
export interface Acl {
  owner: number, group: number, other: number
  users?: Record<number, number>, groups?: Record<number, number>, mask?: number
}

const TAGS = { owner: 1, user: 2, group: 4, groupNamed: 8, mask: 16, other: 32 } as const
const VERSION = 2

/** The bytes of a list, as the kernel takes them. RangeError for bits and ids that are none. */
export function encodeAcl({ owner, group, other, users = {}, groups = {}, mask }: Acl): Buffer {
  const named = [...Object.values(users), ...Object.values(groups)]
  const entries: [tag: number, bits: number, id: number][] = [
    [TAGS.owner, owner, AS_IT_IS], ...byId(TAGS.user, users),
    [TAGS.group, group, AS_IT_IS], ...byId(TAGS.groupNamed, groups),
  ]
  const needed = named.length === 0 ? undefined : named.reduce((all, bits) => all | bits, group)
  const cut = mask ?? needed
  if (cut !== undefined) entries.push([TAGS.mask, cut, AS_IT_IS])
  entries.push([TAGS.other, other, AS_IT_IS])
  const bytes = Buffer.alloc(4 + 8 * entries.length)
  bytes.writeUInt32LE(VERSION, 0)
  entries.forEach(([tag, bits, id], i) => {
    if (!Number.isInteger(bits) || (bits & ~7) !== 0) throw new RangeError(`${bits} is not a set of the bits 4, 2 and 1`)
    bytes.writeUInt16LE(tag, 4 + 8 * i)
    bytes.writeUInt16LE(bits, 6 + 8 * i)
    bytes.writeUInt32LE(id, 8 + 8 * i)
  })
  return bytes
}

/** In the order of the ids, as an object keeps keys that are numbers. */
function byId(tag: number, given: Record<number, number>): [number, number, number][] {
  return Object.entries(given).map(([id, bits]) => [tag, bits, Number(id)])
}

/** A list from its bytes. */
export function decodeAcl(bytes: Buffer): Acl {
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== VERSION || bytes.length % 8 !== 4) {
    throw new RangeError('these bytes are no access control list of version 2')
  }
  const acl: Acl = { owner: 0, group: 0, other: 0 }
  for (let at = 4; at < bytes.length; at += 8) {
    const [tag, bits, id] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2), bytes.readUInt32LE(at + 4)]
    if (tag === TAGS.owner) acl.owner = bits
    else if (tag === TAGS.user) (acl.users ??= {})[id] = bits
    else if (tag === TAGS.group) acl.group = bits
    else if (tag === TAGS.groupNamed) (acl.groups ??= {})[id] = bits
    else if (tag === TAGS.mask) acl.mask = bits
    else acl.other = bits
  }
  return acl
}

const setxattrCall = bind(
  'int setxattr(const char *path, const void *name, const void *value, size_t size, int flags)')
const getxattrCall = bind(
  'ssize_t getxattr(const char *path, const void *name, void *value, size_t size)', { expected: ['ENODATA'] })
const removexattrCall = bind('int removexattr(const char *path, const void *name)', { expected: ['ENODATA'] })
const ACCESS = Buffer.from('system.posix_acl_access\0')
const DEFAULT = Buffer.from('system.posix_acl_default\0')
const ACL_MAX = 65_536

/**
 * The list of a thing; made of its mode where it has none. With `isDefault`, the list that new things
 * in this folder begin with, or null. ENOTSUP: the filesystem keeps none.
 */
export function getAcl(path: Path, options: { isDefault: true }): Acl | null
export function getAcl(path: Path, options?: { isDefault?: false }): Acl
export function getAcl(path: Path, { isDefault = false } = {}): Acl | null {
  const bytes = Buffer.allocUnsafe(ACL_MAX)
  const size = getxattrCall(path, isDefault ? DEFAULT : ACCESS, bytes, ACL_MAX)
  if (size >= 0) return decodeAcl(bytes.subarray(0, size))
  return isDefault ? null : fromMode(stat(path).mode)
}

/** Sets the list, or with null takes it away. EPERM: not the owner. EINVAL: a default for no folder. */
export function setAcl(path: Path, acl: Acl | null, { isDefault = false } = {}): void {
  const name = isDefault ? DEFAULT : ACCESS
  if (acl === null) {
    removexattrCall(path, name)
    return
  }
  const bytes = encodeAcl(acl)
  setxattrCall(path, name, bytes, bytes.length, 0)
}

const fromMode = (mode: number): Acl =>
  ({ owner: mode >> 6 & 7, group: mode >> 3 & 7, other: mode & 7 })

/** What the kernel looks at when somebody asks for a thing. */
export interface Guarded { type: Stat['type'], uid: number, gid: number, mode: number, acl?: Acl }

/** Whether the kernel grants all of the bits `want` (4, 2, 1) on this thing; the way to it is not looked at. */
export function predict({ type, uid, gid, mode, acl }: Guarded, who: Principal, want: number): boolean {
  const bits = fromMode(mode)
  const grants = (given: number) => (want & ~given) === 0
  if (who.uid === 0) {
    return (want & 1) === 0 || type === 'directory' || (mode & 0o111) !== 0
  }
  if (who.uid === uid) return grants(bits.owner)
  const own = new Set([who.gid, ...who.groups ?? []])
  // ask the list, unless the group has no bit
  if (acl !== undefined && bits.group !== 0) {
    const mask = acl.mask ?? 7
    const ownEntry = acl.users?.[who.uid]
    if (ownEntry !== undefined) return grants(ownEntry & mask)
    const given = Object.entries(acl.groups ?? {}).filter(([id]) => own.has(Number(id))).map(([, each]) => each)
    if (own.has(gid)) given.push(acl.group)
    if (given.length > 0) return given.some(each => grants(each & mask))
    return grants(bits.other)
  }
  return grants(own.has(gid) ? bits.group : bits.other)
}

export interface SharedFolderOptions {
  /** The group whose members share it. */
  gid: number
  /** What a member has made, no other can remove or rename. */
  keepsOwners?: boolean
  /** Those who may read and no more, by user id. */
  readers?: readonly number[]
}

/** Makes a folder for a group. EEXIST; EPERM if the group is not one of ours; ENOTSUP without lists. */
export function makeSharedFolder(path: Path, { gid, keepsOwners = false, readers = [] }: SharedFolderOptions): void {
  mkdir(path, 0o700)   // closed until it is ready
  chownCall(path, AS_IT_IS, gid)
  const users = Object.fromEntries(readers.map(uid => [uid, 5]))
  const acl: Acl = { owner: 7, group: 7, other: 0, ...(readers.length > 0 ? { users, mask: 7 } : {}) }
  setAcl(path, acl, { isDefault: true })
  setAcl(path, acl)
  chmodCall(path, (keepsOwners ? 0o3000 : 0o2000) | 0o770)   // last: it opens the folder
}
const chownCall = bind('int chown(const char *path, unsigned int owner, unsigned int group)')
const chmodCall = bind('int chmod(const char *path, mode_t mode)')
