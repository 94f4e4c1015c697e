// TypeScript's native language server as a child process: it is told what the files say, and asked about them.
// It answers in a third of a second after its start, where the compiler as a library needs more than one to begin.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readIfThere } from '../files.ts'

interface Message {
  id?: number
  method?: string
  params?: unknown
  result?: unknown
  error?: { message: string }
}

/** Positions count from 0, columns in UTF-16 units. */
export interface Position {
  line: number
  character: number
}

const installed = dirname(createRequire(import.meta.url).resolve('typescript7/package.json'))

/** Told with the facts that are kept, so that those of another version are not taken for ours. */
export const serviceVersion = (JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }).version

/** Thrown when the server ends before it has answered. */
export class NoService extends Error {
  readonly code = 'ESERVICE'

  constructor(complaint: string) {
    super(`the TypeScript server has ended: ${complaint.trim()}`)
  }
}

export class Service {
  /** Absolute path → what the server takes for its text: its own reading of the disk, or what it was told. */
  private readonly known = new Map<string, string | undefined>()
  private readonly open = new Map<string, number>()
  private readonly waiting = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>()
  private readonly root: string
  private readonly child: ChildProcess
  private readonly started: Promise<unknown>
  private unread: Buffer = Buffer.alloc(0)
  private complaint = ''
  private count = 0
  /** Folders that were made since imports are followed only into folders that are there. */
  private readonly scaffold: string[]

  /** Begins at once with the `files` (absolute paths) of the folder `folder` as its only program. */
  constructor(root: string, folder: string, files: string[]) {
    this.root = root
    this.scaffold = [...new Set(files.map(dirname))].filter((path) => !existsSync(path))
    for (const path of this.scaffold) mkdirSync(path, { recursive: true })
    // Memory is traded for time: the server lives for one weave, or beside one writer.
    // Detached, so that Ctrl-C is for us to answer; it ends when we do, as its input ends then.
    this.child = spawn(executable(), ['--lsp', '--stdio'], { cwd: root, detached: true, stdio: 'pipe', env: { ...process.env, GOGC: process.env['GOGC'] ?? '800' } })
    this.child.stdout!.on('data', (bytes: Buffer) => this.read(bytes))
    this.child.stderr!.on('data', (bytes: Buffer) => (this.complaint = (this.complaint + String(bytes)).slice(-300)))
    this.child.stdin!.on('error', () => {}) // told by its exit
    this.child.on('error', (error) => this.fail(error))
    this.child.on('exit', () => this.fail(new NoService(this.complaint)))
    this.started = this.begin(root, folder, files)
    this.started.catch(() => {}) // whoever asks is told
  }

  private async begin(root: string, folder: string, files: string[]): Promise<void> {
    const capabilities = { textDocument: { hover: { contentFormat: ['markdown'] } } }
    await this.ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, workspaceFolders: null, capabilities })
    this.tell('initialized', {})
    const path = join(folder, 'tsconfig.json')
    this.say(path, configFor(root, folder, files), 'json')
  }

  /** From now on these are the texts of the files, whatever the disk says. */
  async update(texts: Map<string, string>): Promise<void> {
    await this.started
    for (const path of texts.keys()) if (!this.known.has(path)) this.known.set(path, readIfThere(path))
    const changed = [...texts].filter(([path, text]) => this.known.get(path) !== text)
    for (const [path, text] of changed) this.say(path, text, 'typescript')
    // The pipe is a second way in, and may be faster: what is asked there must find the changes made.
    const [last] = changed.at(-1) ?? []
    if (last !== undefined) await this.hover(last, { line: 0, character: 0 })
  }

  /** Opens a file, which a hover needs. */
  async show(path: string, text: string): Promise<void> {
    await this.started
    if (!this.open.has(path)) this.say(path, text, 'typescript')
  }

  /** What an editor shows for the name at this place, as Markdown; '' for nothing. The file must have been opened. */
  async hover(path: string, position: Position): Promise<string> {
    const answer = (await this.ask('textDocument/hover', { textDocument: { uri: pathToFileURL(path).href }, position })) as { contents: { value: string } } | null
    return answer?.contents.value ?? ''
  }

  /** The address at which the server can be asked about syntax trees, symbols and types. */
  async pipe(): Promise<string> {
    await this.started
    return ((await this.ask('custom/initializeAPISession', {})) as { pipe: string }).pipe
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  async end(): Promise<void> {
    if (this.hasEnded) return
    const ended = new Promise((done) => this.child.once('exit', done))
    const late = setTimeout(() => this.child.kill('SIGKILL'), 1000)
    await this.ask('shutdown').catch(() => {})
    this.tell('exit')
    this.child.stdin!.end()
    await ended
    clearTimeout(late)
    for (const path of this.scaffold) prune(path, this.root)
  }

  private say(path: string, text: string, languageId: string): void {
    const uri = pathToFileURL(path).href
    const version = (this.open.get(path) ?? 0) + 1
    if (version === 1) this.tell('textDocument/didOpen', { textDocument: { uri, languageId, version, text } })
    else this.tell('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] })
    this.open.set(path, version)
    this.known.set(path, text)
  }

  private ask(method: string, params?: unknown): Promise<unknown> {
    const id = ++this.count
    return new Promise((done, fail) => {
      if (this.hasEnded) return fail(new NoService(this.complaint))
      this.waiting.set(id, { done, fail })
      this.send({ id, method, params })
    })
  }

  private tell(method: string, params?: unknown): void {
    this.send({ method, params })
  }

  private send(message: Message): void {
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
    this.child.stdin!.write(Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]))
  }

  private read(bytes: Buffer): void {
    this.unread = this.unread.length > 0 ? Buffer.concat([this.unread, bytes]) : bytes
    for (;;) {
      const head = this.unread.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/Content-Length: (\d+)/i.exec(this.unread.toString('latin1', 0, head))?.[1])
      const end = head + 4 + length
      if (this.unread.length < end) return
      const message = JSON.parse(this.unread.toString('utf8', head + 4, end)) as Message
      this.unread = this.unread.subarray(end)
      this.take(message)
    }
  }

  private take({ id, method, params, result, error }: Message): void {
    if (id === undefined) return // what it is busy with
    if (method !== undefined) {
      // It asks back for settings, of which there are none, and tells what it would like to be told.
      const items = (params as { items?: unknown[] } | undefined)?.items
      this.send({ id, result: method === 'workspace/configuration' ? (items ?? []).map(() => null) : null })
      return
    }
    const { done, fail } = this.waiting.get(id) ?? {}
    this.waiting.delete(id)
    if (error) fail?.(new Error(error.message))
    else done?.(result)
  }

  private fail(error: Error): void {
    for (const { fail } of this.waiting.values()) fail(error)
    this.waiting.clear()
  }
}

/** Removes a folder if it is empty, and then those above it that are, up to `root`. */
function prune(path: string, root: string): void {
  try {
    for (; path !== root; path = dirname(path)) rmdirSync(path)
  } catch {
    // somebody has put something in
  }
}

function executable(): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}`
  const folder = dirname(createRequire(join(installed, 'package.json')).resolve(`${name}/package.json`))
  return join(folder, 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc')
}

/**
 * A program of these files and nothing else, with the options of the book's tsconfig.json but without the browser's
 * names: they cost time, and no program of a book needs them. It is told and not written; that it holds itself keeps
 * the server from making a second program for it.
 */
function configFor(root: string, folder: string, files: string[]): string {
  const given = readIfThere(join(root, 'tsconfig.json'))
  const usual = { module: 'nodenext', target: 'es2023', strict: true, allowImportingTsExtensions: true, noEmit: true }
  const lib = given !== undefined && /"lib"\s*:/.test(given) ? {} : { lib: ['esnext'] }
  const own = { ...(given === undefined && usual), ...lib, skipLibCheck: true, resolveJsonModule: true }
  return JSON.stringify({
    ...(existsSync(join(root, 'tsconfig.json')) && { extends: join(root, 'tsconfig.json') }),
    compilerOptions: own,
    files: ['tsconfig.json', ...files.map((file) => file.slice(folder.length + 1))],
    include: [],
  })
}
