// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url)), '..')

/** Makes a folder with the modules as plain JavaScript. What they import must be among them. */
export async function compile(modules: readonly string[]): Promise<string> {
  const { default: ts } = await import('typescript')
  const stage = mkdtempSync(join(tmpdir(), 'stage-'))
  const dist = join(stage, 'dist')
  symlinkSync(join(root, '../node_modules'), join(stage, 'node_modules'))
  writeFileSync(join(stage, 'package.json'), '{ "type": "module", "version": "0.0.0" }')
  for (const module of modules) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, `${module}.ts`), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    })
    mkdirSync(dirname(join(dist, module)), { recursive: true })
    writeFileSync(join(dist, `${module}.js`), outputText, { mode: 0o755 })
  }
  process.on('exit', () => rmSync(stage, { recursive: true, force: true }))
  return dist
}

/** The modules of the bus, for `compile`. */
export const MODULES = [
  ...['kernel', 'file', 'name', 'wait'].map(name => `foundations/${name}`), 'primitives/inotify',
  ...['', '-names', '-lock', '-watch', '-list'].map(part => `experiments/message-bus${part}`),
]

/** A process that runs `script`, which finds `openBus`, `tap`, `say(line)` and `args`. */
export class Actor {
  readonly child: ChildProcess
  readonly lines: string[] = []
  readonly ended: Promise<string>
  #onLine = () => {}

  constructor(stage: string, script: string, ...args: (string | number)[]) {
    const text = `${PROLOGUE}\n${script}`
    this.child = spawn(process.execPath,
      ['--input-type=module', '--eval', text, '--', ...args.map(String)],
      { cwd: stage, stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    this.child.stdout!.setEncoding('utf8').on('data', (data: string) => {
      const lines = (rest + data).split('\n')
      rest = lines.pop()!
      this.lines.push(...lines)
      this.#onLine()
    })
    this.ended = new Promise(resolve => {
      this.child.on('close', (code, signal) => resolve(signal ?? String(code)))
    })
  }

  // wait until the actor has said so many lines
  async said(count: number): Promise<string[]> {
    while (this.lines.length < count) await new Promise<void>(resolve => { this.#onLine = resolve })
    return this.lines
  }
}

const PROLOGUE = `
import { writeSync } from 'node:fs'
import { openBus } from './experiments/message-bus.js'
import { returnClaims } from './experiments/message-bus-lock.js'
import { tap } from './foundations/kernel.js'
const args = process.argv.slice(1)
const say = (...words) => writeSync(1, words.join(' ') + '\\n')
/** Kills this process after the call with that number; 0 is before the first. Says how many
 * calls there were. */
function dieAfter(fatal) {
  let count = 0
  const die = () => process.kill(process.pid, 'SIGKILL')
  if (fatal === 0) die()
  tap((syscall, args, proceed) => {
    const result = proceed()
    if (++count === fatal) die()
    return result
  })
  return () => count
}
`
