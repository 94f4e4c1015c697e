// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { createConnection, type Socket } from 'node:net'

export interface NatsMessage { subject: string, reply: string, text: string }

/** Speaks NATS' text protocol. */
export class Nats {
  readonly #socket: Socket
  readonly #pongs: (() => void)[] = []
  readonly #listeners = new Map<string, (message: NatsMessage) => void>()
  #rest: Buffer = Buffer.alloc(0)
  #count = 0

  constructor(port: number) {
    this.#socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', data => this.#hear(data))
    this.#socket.on('error', () => {})
    this.#socket.write('CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n')
    this.subscribe(`${this.#inbox}.*`, message => {
      this.#listeners.get(message.subject)?.(message)
      this.#listeners.delete(message.subject)
    })
  }

  readonly #inbox = `_INBOX.${process.pid}`

  /** Resolves when the server has got all that was sent before. */
  flush(): Promise<void> {
    this.#socket.write('PING\r\n')
    return new Promise(resolve => this.#pongs.push(resolve))
  }

  publish(subject: string, text: string, reply = ''): void {
    this.#socket.write(`PUB ${subject} ${reply}${reply && ' '}${Buffer.byteLength(text)}\r\n${text}\r\n`)
  }

  subscribe(subject: string, listen: (message: NatsMessage) => void): void {
    const id = String(++this.#count)
    this.#listeners.set(id, listen)
    this.#socket.write(`SUB ${subject} ${id}\r\n`)
  }

  /** Publishes, and resolves to the answer. */
  request(subject: string, text: string): Promise<NatsMessage> {
    const reply = `${this.#inbox}.${++this.#count}`
    this.publish(subject, text, reply)
    return new Promise(resolve => this.#listeners.set(reply, resolve))
  }

  /** A request of JetStream's API. */
  async api(verb: string, request: unknown): Promise<void> {
    const { text } = await this.request(`$JS.API.${verb}`, JSON.stringify(request))
    const { error } = JSON.parse(text) as { error?: { description: string } }
    if (error !== undefined) throw new Error(error.description)
  }

  close(): void { this.#socket.destroy() }

  #hear(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    for (let line; (line = this.#rest.indexOf('\r\n')) !== -1;) {
      const [verb, ...words] = this.#rest.toString('utf8', 0, line).split(' ')
      const size = /^H?MSG$/.test(verb!) ? Number(words.at(-1)) + 2 : 0
      if (this.#rest.length < line + 2 + size) return
      if (size > 0) this.#deliver(verb!, words, this.#rest.toString('utf8', line + 2, line + size))
      if (verb === 'PING') this.#socket.write('PONG\r\n')
      if (verb === 'PONG') this.#pongs.shift()?.()
      this.#rest = this.#rest.subarray(line + 2 + size)
    }
  }

  #deliver(verb: string, words: string[], body: string): void {
    const numbers = verb === 'HMSG' ? 2 : 1
    const [subject, id, reply = ''] = words.slice(0, -numbers) as [string, string, string?]
    this.#listeners.get(id)!({ subject, reply, text: body.slice(numbers === 2 ? Number(words.at(-2)) : 0) })
  }
}
