// The limit in C beside the rows: a small program, compiled once for each text, kept in .loom/c/.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal } from './experiment.ts'

/** Compiles the C program `source` with `-O2` and more `flags`, and returns the path of the executable. */
export function compile(source: URL, cache: string, flags: string[] = []): string {
  const file = fileURLToPath(source)
  const text = readFileSync(file)
  const key = createHash('sha256').update(text).update(flags.join('\0')).digest('hex').slice(0, 16)
  const program = join(cache, key)
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const made = `${program}.${process.pid}` // two rows may compile at once
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-pthread', '-o', made, file, ...flags], { encoding: 'utf8' })
  if (error) throw new Refusal(`${file}: no C compiler (cc). apt-get install gcc libc6-dev`)
  if (status !== 0) throw new Refusal(`${file} does not compile:\n${stderr}`)
  renameSync(made, program)
  return program
}
