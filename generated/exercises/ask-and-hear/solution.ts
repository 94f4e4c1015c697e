// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { SystemError } from 'filesystem-communication-space/foundations'
import { PseudoTerminal } from 'filesystem-communication-space/primitives'

export class Conversation {
  readonly #terminal = new PseudoTerminal()
  #heard = ''

  constructor(command: string, ...args: string[]) {
    this.#terminal.set({ echo: false, newlines: false })
    const peer = this.#terminal.openPeer()
    spawn(command, args, { stdio: [peer.fd, peer.fd, 'inherit'] })
    peer.close()
  }

  async ask(question: string): Promise<string> {
    this.#terminal.type(`${question}\n`)
    while (!this.#heard.includes('\n')) {
      await this.#terminal.wait({ timeoutMs: 10_000 })
      const taken = this.#terminal.take()
      if (taken?.length === 0) throw new SystemError('EPIPE', 'read')
      this.#heard += String(taken ?? '')
    }
    const [answer] = this.#heard.split('\n', 1)
    this.#heard = this.#heard.slice(answer!.length + 1)
    return answer!
  }

  close(): void { this.#terminal.close() }
}
