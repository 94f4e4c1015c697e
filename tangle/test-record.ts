// What the last runs of the tests showed, kept in the cache. A partial run never changes the record of a full one.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { readIfThere, replaceFile } from './files.ts'

export interface Recorded {
  file: string
  suite?: string
  name: string
  ms: number
  ok: boolean
}

export interface Commit {
  commit: string | null
  /** Whether the working tree had changes. */
  dirty: boolean
}

export interface TestRecord extends Commit {
  /** When the run began, as ISO 8601. */
  date: string
  node: string
  full: boolean
  ms: number
  passed: number
  failed: number
  skipped: number
  tests: Recorded[]
}

export function recordFile({ root, cache }: Config, full: boolean): string {
  return join(root, cache, full ? 'test-record.json' : 'test-record-partial.json')
}

export function writeRecord(config: Config, record: TestRecord): void {
  replaceFile(recordFile(config, record.full), `${JSON.stringify(record, null, 1)}\n`)
}

/** The record of the last full (or partial) run; undefined when there is none, or when it cannot be read. */
export function readRecord(config: Config, full = true): TestRecord | undefined {
  try {
    return JSON.parse(readIfThere(recordFile(config, full)) ?? '') as TestRecord
  } catch {
    return undefined
  }
}

/** Where the repository stands; without a repository there is no commit. */
export function readCommit(root: string): Commit {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 }).trim()
  try {
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' }
  } catch {
    return { commit: null, dirty: false }
  }
}
