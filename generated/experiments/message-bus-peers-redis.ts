// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { createConnection, type Socket } from 'node:net'

export type Reply = string | number | null | Reply[]

/** Speaks RESP, Redis' protocol. Calls are answered in their order, so many may be on their way. */
export class Redis {
  readonly #socket: Socket
  readonly #waiting: { resolve(reply: Reply): void, reject(error: Error): void }[] = []
  #rest: Buffer = Buffer.alloc(0)

  constructor(port: number) {
    this.#socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', data => this.#hear(data))
    this.#socket.on('error', error => { for (const { reject } of this.#waiting.splice(0)) reject(error) })
  }

  call(...words: (string | number)[]): Promise<Reply> {
    const parts = words.map(word => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`)
    this.#socket.write(`*${words.length}\r\n${parts.join('')}`)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  close(): void { this.#socket.destroy() }

  // read the answers
  #hear(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    let at = 0
    for (let read; (read = parse(this.#rest, at)) !== undefined;) {
      at = read.end
      const { resolve, reject } = this.#waiting.shift()!
      if (read.reply instanceof Error) reject(read.reply)
      else resolve(read.reply)
    }
    this.#rest = this.#rest.subarray(at)
  }
}

/** The reply that begins at byte `at`, if it is whole. */
export function parse(bytes: Buffer, at: number): { reply: Reply | Error, end: number } | undefined {
  const line = bytes.indexOf('\r\n', at)
  if (line === -1) return undefined
  const text = bytes.toString('utf8', at + 1, line)
  const end = line + 2
  switch (bytes[at]) {
    case 43: return { reply: text, end }               // +
    case 45: return { reply: new Error(text), end }    // -
    case 58: return { reply: Number(text), end }       // :
    case 36: return parseText(bytes, Number(text), end)
    default: return parseList(bytes, Number(text), end)
  }
}

function parseText(bytes: Buffer, size: number, at: number): ReturnType<typeof parse> {
  if (size === -1) return { reply: null, end: at }
  if (at + size + 2 > bytes.length) return undefined
  return { reply: bytes.toString('utf8', at, at + size), end: at + size + 2 }
}

function parseList(bytes: Buffer, size: number, at: number): ReturnType<typeof parse> {
  const list: Reply[] = []
  let end = at
  for (let i = 0; i < size; i++) {
    const item = parse(bytes, end)
    if (item === undefined) return undefined
    list.push(item.reply as Reply)
    end = item.end
  }
  return { reply: size === -1 ? null : list, end }
}
