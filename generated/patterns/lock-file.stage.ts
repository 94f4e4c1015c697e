// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { spawn, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const compilerOptions = {
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true,
}

/** Copies a module (`'patterns/lock-file'`) and all that it imports as JavaScript into `home`. */
function translate(module: string, home: string): void {
  const target = `${home}/${module}.js`
  if (fs.existsSync(target)) return
  const text = fs.readFileSync(`${root}/${module}.ts`, 'utf8')
  fs.mkdirSync(dirname(target), { recursive: true })
  fs.writeFileSync(target, ts.transpileModule(text, { compilerOptions }).outputText)
  for (const [, name] of text.matchAll(/from '(\.[^']+)\.ts'/g)) {
    translate(new URL(name!, `file:///${module}`).pathname.slice(1), home)
  }
}

/** A process that runs `script` with all exports of the modules as `m`, and `say` to its parent. */
export interface Actor {
  child: ChildProcess
  /** The next line that it said. */
  hear(): Promise<string>
  tell(line: string): void
  /** Resolves when it has ended. */
  ended: Promise<number | NodeJS.Signals>
  kill(signal?: NodeJS.Signals): Promise<unknown>
}

export function stage(...modules: string[]) {
  const home = fs.mkdtempSync(`${tmpdir()}/stage-`)
  for (const module of modules) translate(module, home)
  fs.writeFileSync(`${home}/package.json`, '{ "type": "module" }')
  fs.symlinkSync(`${root}/../node_modules`, `${home}/node_modules`)
  fs.mkdirSync(`${home}/scene`)
  const imports = modules.map(module => `...await import('${home}/${module}.js')`).join(', ')
  const preamble = `import * as fs from 'node:fs'
    import { createInterface } from 'node:readline'
    const m = { ${imports} }
    const say = line => fs.writeSync(1, line + '\\n')
    const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
    const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
    const hear = async () => {
      process.stdin.ref()
      const { value } = await input.next()
      process.stdin.unref()
      return value
    }
    process.stdin.unref()\n`
  // start an actor
  function start(script: string, { prefix = [] as string[], args = [] as string[] } = {}): Actor {
    const [command, ...rest] = [...prefix, process.execPath, '--input-type=module',
      '--eval', preamble + script, ...args]
    const child = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin!.on('error', () => {})   // it may be dead
    const [lines, listeners] = [[] as string[], [] as ((line: string) => void)[]]
    let rest_ = ''
    child.stdout!.on('data', data => {
      const parts = (rest_ + String(data)).split('\n')
      rest_ = parts.pop()!
      for (const line of parts) {
        const listener = listeners.shift()
        if (listener === undefined) lines.push(line)
        else listener(line)
      }
    })
    const ended = new Promise<number | NodeJS.Signals>(resolve =>
      child.on('close', (status, signal) => resolve(signal ?? status!)))
    return { child, ended,
      hear: () => new Promise(resolve => lines.length > 0 ? resolve(lines.shift()!) : listeners.push(resolve)),
      tell: line => { child.stdin!.write(`${line}\n`) },
      kill: (signal = 'SIGKILL') => (child.kill(signal), ended) }
  }
  return { home, folder: `${home}/scene`, preamble, start,
    clear: () => fs.rmSync(home, { recursive: true, force: true }) }
}
