// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
/** The C types that the structures use: size and alignment in bytes, on 64-bit systems. */
const TYPES: Record<string, number> = {
  int16_t: 2, uint16_t: 2, int32_t: 4, uint32_t: 4, int64_t: 8, uint64_t: 8, uint8_t: 1, char: 1,
}

export interface Layout { size: number, offsets: Record<string, number>, types: Record<string, string> }

/** Lays out a structure as a C compiler does: each field at the next multiple of its own size. */
export function layout(definition: string): Layout {
  const found: Layout = { size: 0, offsets: {}, types: {} }
  let [end, widest] = [0, 1]
  for (const [, type, name, count] of definition.matchAll(/(\w+) (\w+)(?:\[(\d+)\])?;/g)) {
    const width = TYPES[type!]!
    const at = Math.ceil(end / width) * width
    found.offsets[name!] = at
    found.types[name!] = type!
    end = at + width * Number(count ?? 1)
    widest = Math.max(widest, width)
  }
  return { ...found, size: Math.ceil(end / widest) * widest }
}

/** Reads one field. 64 bits come as a bigint. */
export function field({ offsets, types }: Layout, bytes: Buffer, name: string): number | bigint {
  const at = offsets[name]!
  switch (types[name]) {
    case 'int16_t': return bytes.readInt16LE(at)
    case 'uint16_t': return bytes.readUInt16LE(at)
    case 'int32_t': return bytes.readInt32LE(at)
    case 'uint32_t': return bytes.readUInt32LE(at)
    case 'int64_t': return bytes.readBigInt64LE(at)
    case 'uint64_t': return bytes.readBigUInt64LE(at)
    default: return bytes.readUInt8(at)
  }
}

export type System = 'darwin' | 'freebsd'

/** Structures of macOS with 64-bit inodes, <sys/event.h>, <sys/stat.h>, <sys/dirent.h>: x64 and arm64. */
const DARWIN = {
  kevent: 'uint64_t ident; int16_t filter; uint16_t flags; uint32_t fflags; int64_t data; uint64_t udata;',
  stat: 'int32_t dev; uint16_t mode; uint16_t nlink; uint64_t ino; uint32_t uid; uint32_t gid; int32_t rdev; ' +
    'int64_t atime; int64_t atimeNs; int64_t mtime; int64_t mtimeNs; int64_t ctime; int64_t ctimeNs; ' +
    'int64_t birthtime; int64_t birthtimeNs; int64_t size; int64_t blocks; int32_t blksize; ' +
    'uint32_t flags; uint32_t gen; int32_t lspare; int64_t qspare[2];',
  dirent: 'uint64_t ino; uint64_t seekoff; uint16_t reclen; uint16_t namlen; uint8_t type; char name[1024];',
}
/** The same of FreeBSD since 12, which made inodes 64 bits wide. */
const FREEBSD = {
  kevent: 'uint64_t ident; int16_t filter; uint16_t flags; uint32_t fflags; int64_t data; uint64_t udata; ' +
    'uint64_t ext[4];',
  stat: 'uint64_t dev; uint64_t ino; uint64_t nlink; uint16_t mode; int16_t padding0; uint32_t uid; ' +
    'uint32_t gid; int32_t padding1; uint64_t rdev; int64_t atime; int64_t atimeNs; int64_t mtime; ' +
    'int64_t mtimeNs; int64_t ctime; int64_t ctimeNs; int64_t birthtime; int64_t birthtimeNs; ' +
    'int64_t size; int64_t blocks; int32_t blksize; uint32_t flags; uint64_t gen; uint64_t spare[10];',
  dirent: 'uint64_t ino; int64_t off; uint16_t reclen; uint8_t type; uint8_t pad0; uint16_t namlen; ' +
    'uint16_t pad1; char name[256];',
}
export const DEFINITIONS = { darwin: DARWIN, freebsd: FREEBSD } as const

const laidOut = (system: System) => ({ kevent: layout(DEFINITIONS[system].kevent),
  stat: layout(DEFINITIONS[system].stat), dirent: layout(DEFINITIONS[system].dirent) })
export const LAYOUTS = { darwin: laidOut('darwin'), freebsd: laidOut('freebsd') }
