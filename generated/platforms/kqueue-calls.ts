// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'
import { LAYOUTS, type System } from './kqueue-layout.ts'
import { answers, O_EVTONLY, parseStat, question, type Vnodes } from './kqueue.ts'
import { fullSync } from './platform-full-sync.ts'

/** The calls of a C library with kqueue. NOT YET RUN on such a system. */
export function kqueueCalls(system: System = process.platform as System) {
  if (!['darwin', 'freebsd'].includes(process.platform)) {
    throw new Error(`this is ${process.platform}, which has no kqueue`)
  }
  const libc = koffi.load(null)
  // What takes any number of arguments has to be called so: on Apple's arm64 they go over the stack.
  const [open, fcntl] = [libc.func('int open(const char *path, int flags, ...)'),
    libc.func('int fcntl(int fd, int command, ...)')]
  const call = {
    kqueue: libc.func('int kqueue()'), close: libc.func('int close(int fd)'),
    kevent: libc.func('int kevent(int kq, void *changes, int changed, void *events, int size, void *timeout)'),
    fsync: libc.func('int fsync(int fd)'),
    // macOS on x64 keeps the old, 32-bit structure under the plain name.
    fstat: libc.func(`int ${system === 'darwin' && process.arch === 'x64' ? 'fstat$INODE64' : 'fstat'}(int fd, void *stat)`),
  }
  const must = (result: number, syscall: string, path?: Path): number => {
    if (result === -1) throw new SystemError(-koffi.errno(), syscall, { path })
    return result
  }
  return {
    ...call, must, open: (path: Path, flags: number) => must(open(path, flags), 'open', path),
    fullSync: (fd: number) => fullSync(fd, {
      fcntl: (fd, command) => must(fcntl(fd, command), 'fcntl'), fsync: fd => must(call.fsync(fd), 'fsync'),
    }),
  }
}

const O_SYMLINK = 0x200000              // macOS: open the link itself
const [O_NONBLOCK, O_NOFOLLOW, O_CLOEXEC_DARWIN, O_CLOEXEC_FREEBSD] = [4, 0x100, 0x1000000, 0x100000]

/** The kernel's side of `KqueueBackend`. NOT YET RUN. */
export function kernelVnodes(system: System, list: Vnodes['list']): Vnodes {
  const calls = kqueueCalls(system)
  const { kevent: { size }, stat } = LAYOUTS[system]
  const queue = calls.must(calls.kqueue(), 'kqueue')
  const flags = system === 'darwin'
    ? O_EVTONLY | O_SYMLINK | O_NONBLOCK | O_CLOEXEC_DARWIN
    : O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC_FREEBSD
  return {
    // open, and ask the kernel to watch
    watch(path: Path) {
      const fd = calls.open(path, flags)
      const bytes = Buffer.alloc(stat.size)
      try {
        calls.must(calls.kevent(queue, question(system, fd), 1, null, 0, null), 'kevent', path)
        calls.must(calls.fstat(fd, bytes), 'fstat', path)
      } catch (error) {
        calls.close(fd)
        throw error
      }
      const { dev, ino, type } = parseStat(system, bytes)
      return { fd, dev, ino, type }
    },
    unwatch: (fd: number) => { calls.close(fd) },   // and with it what was asked
    // take what the kernel has noted
    noted() {
      const [events, now] = [Buffer.alloc(size * 256), Buffer.alloc(16)]   // struct timespec of zero
      const found = []
      for (let count = 256; count === 256;) {
        count = calls.must(calls.kevent(queue, null, 0, events, 256, now), 'kevent')
        found.push(...answers(system, events, count))
      }
      return found
    },
    listen: (callback: () => void): Listening => koffi.node.poll(queue, { readable: true }, callback),
    close: () => { calls.close(queue) },
    list,
    tells: () => true,
  }
}
