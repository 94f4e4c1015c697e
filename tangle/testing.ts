// What the toolchain's tests share: little books in temporary folders, and the command run on them.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from './config.ts'
import { listFiles } from './files.ts'

const planted: string[] = []
process.on('exit', () => {
  for (const folder of planted) rmSync(folder, { recursive: true, force: true })
})

/** Writes files into a fresh folder, which goes away with the process. Without a loom.json it gets an empty one. */
export function plant(files: Record<string, string | Uint8Array>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loom-')))
  planted.push(folder)
  write(folder, { 'loom.json': '{}', ...files })
  return folder
}

export function write(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** Every file of a folder with its content; the cache is left out. */
export function contents(folder: string): Record<string, string> {
  const files = listFiles(folder, (name) => name === '.loom')
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'latin1')]))
}

export function configOf(folder: string, own: Partial<Config> = {}): Config {
  return { ...readConfig(folder), ...own }
}

/** A fence, without the quoting that a fence inside a template string needs. */
export function fence(info: string, ...lines: string[]): string {
  return [`\`\`\`${info}`, ...lines, '```', ''].join('\n')
}

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
const typescript = new URL('./hooks/typescript.mjs', import.meta.url).href

/** Runs the real command in a folder. */
export function loom(folder: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ['--import', typescript, cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      done({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr })
    })
  })
}
