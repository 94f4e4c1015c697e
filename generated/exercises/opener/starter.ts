// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import { open } from 'filesystem-communication-space/foundations'
import { sendWith, type UnixSocket } from 'filesystem-communication-space/primitives'

/** Answers one request: 'ok' and the file, or 'no' and none. */
export function openFor(socket: UnixSocket, folder: string): void {
  const name = String(socket.receive()!.bytes)
  sendWith(socket, Buffer.from('ok'), [open(`${folder}/${name}`)])
}
