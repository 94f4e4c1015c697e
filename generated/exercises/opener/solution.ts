// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import { open, type OpenFile, O_NOFOLLOW } from 'filesystem-communication-space/foundations'
import { sendWith, type UnixSocket } from 'filesystem-communication-space/primitives'

/** Answers one request: 'ok' and the file, or 'no' and none. */
export function openFor(socket: UnixSocket, folder: string): void {
  const name = String(socket.receive()!.bytes)
  const file = opened(folder, name)
  sendWith(socket, Buffer.from(file === null ? 'no' : 'ok'), file === null ? [] : [file])
  file?.close()
}

function opened(folder: string, name: string): OpenFile | null {
  if (name.includes('/') || name === '..' || name === '.') return null
  try {
    return open(`${folder}/${name}`, O_NOFOLLOW)
  } catch {
    return null
  }
}
