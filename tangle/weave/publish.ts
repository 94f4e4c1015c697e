// Writes the woven book: only what changed, and never over a file that the loom did not write.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { digest, readIfThere, removeFile, removeLeftovers, replaceFile, stage } from '../files.ts'
import { manifestName, manifestText, readManifest } from '../manifest.ts'
import { type Problem, Problems } from '../problem.ts'

/**
 * `texts`: path → content. `copies`: path → the file that is copied there, relative to the root. `published`: path →
 * digest of what is known to stand there, and stays.
 */
export interface Made {
  texts: Map<string, string>
  copies: Map<string, string>
  published?: Map<string, string>
}

/** Paths below the folder of the woven book. */
export interface Published {
  written: string[]
  removed: string[]
  total: number
}

/** Throws Problems, with nothing changed, when there are some or when a file of somebody else is in the way. */
export function publish(config: Config, { texts, copies, published = new Map() }: Made, problems: Problem[]): Published {
  const manifest = readManifest({ ...config, output: config.book })
  const target = join(config.root, config.book)
  const names = [...texts.keys(), ...published.keys(), ...copies.keys()]
  for (const name of names) {
    if (manifest.has(name) || !existsSync(join(target, name))) continue
    const message = 'a file that the loom did not write stands here'
    problems.push({ file: `${config.book}/${name}`, line: 1, column: 1, message, hint: 'move it away' })
  }
  if (problems.length > 0) throw new Problems(problems)
  const changed = [...texts].filter(([name, text]) => readIfThere(join(target, name)) !== text).map(([name]) => name)
  const copied = [...copies].filter(([name, from]) => !same(join(target, name), join(config.root, from))).map(([name]) => name)
  const removed = [...manifest.keys()].filter((name) => !names.includes(name))
  removeLeftovers(target)
  // Written first and with the old names, so that a run that is killed leaves nothing that nobody owns.
  const sums = new Map(names.map((name) => [name, published.get(name) ?? digest(texts.get(name) ?? name)]))
  writeManifest(target, [...manifest.keys(), ...names], sums)
  stage(changed.map((name) => ({ path: join(target, name), text: texts.get(name)! }))).commit()
  for (const name of copied) copy(join(config.root, copies.get(name)!), join(target, name))
  for (const name of removed) removeFile(target, name)
  writeManifest(target, names, sums)
  return { written: [...changed, ...copied], removed, total: names.length }
}

function writeManifest(target: string, names: string[], sums: Map<string, string>): void {
  const text = manifestText(new Map(names.map((name) => [name, [sums.get(name) ?? digest(name)]])))
  if (readIfThere(join(target, manifestName)) !== text) replaceFile(join(target, manifestName), text)
}

function same(one: string, other: string): boolean {
  return existsSync(one) && readFileSync(one).equals(readFileSync(other))
}

function copy(from: string, to: string): void {
  const hidden = join(dirname(to), `.${basename(to)}.loom-${process.pid}`)
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, hidden)
  renameSync(hidden, to)
}
