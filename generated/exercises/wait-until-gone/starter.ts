// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import {
  bind, open, OpenFile, O_CLOEXEC, O_NONBLOCK, O_PATH, O_NOFOLLOW, split, SystemError, waitReadable,
  type WaitOptions,
} from 'filesystem-communication-space/foundations'

const inotifyInit = bind('int inotify_init1(int flags)')
const inotifyAdd = bind('int inotify_add_watch(int fd, const char *path, unsigned int mask)')
const [IN_MOVED_FROM, IN_DELETE] = [0x40, 0x200]

function isThere(path: string): boolean {
  try {
    open(path, O_PATH | O_NOFOLLOW).close()
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false
    throw error
  }
}

/** Resolves when `path` is the name of nothing. */
export async function waitUntilGone(path: string, options: WaitOptions = {}): Promise<void> {
  if (!isThere(path)) return
  const heard = new OpenFile(inotifyInit(O_NONBLOCK | O_CLOEXEC))
  inotifyAdd(heard.fd, split(path).folder, IN_DELETE | IN_MOVED_FROM)
  await waitReadable(heard, options)
  heard.close()
}
