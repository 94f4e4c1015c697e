// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import {
  pathText, readlink, symlink, SystemError, type Primitive,
} from 'filesystem-communication-space/foundations'

const is = (error: unknown, code: string) => error instanceof SystemError && error.code === code

export const noteInLink: Primitive = {
  name: 'symbolic link',
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => {
    for (let number = 0; ; number++) {
      try {
        symlink(text, `${String(to)}/${number}`)
        return
      } catch (error) {
        if (!is(error, 'EEXIST')) throw error
      }
    }
  },
  receive: from => {
    let number = 0
    const next = () => {
      try {
        return pathText(readlink(`${String(from)}/${number++}`))
      } catch (error) {
        number--
        if (is(error, 'ENOENT')) return null
        throw error
      }
    }
    return { next, close() {} }
  },
}
