// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
export const answers = { unserved: 'ETIMEDOUT, false', slow: 'ETIMEDOUT, true', closed: 'EBADF', executions: 0 }
