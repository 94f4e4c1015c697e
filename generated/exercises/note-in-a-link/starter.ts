// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import {
  pathText, readlink, symlink, type Primitive,
} from 'filesystem-communication-space/foundations'

export const noteInLink: Primitive = {
  name: 'symbolic link',
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => symlink(text, `${String(to)}/note`),
  receive: from => ({
    next: () => pathText(readlink(`${String(from)}/note`)),
    close() {},
  }),
}
