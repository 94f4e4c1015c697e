// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
import { UnixSocket } from 'filesystem-communication-space/primitives'

/** Calls `socket.bind` or `socket.connect` with a name for `folder/name` that is short enough. */
export function atDoor(socket: UnixSocket, verb: 'bind' | 'connect', folder: string, name: string) {
  socket[verb](`${folder}/${name}`)
}
