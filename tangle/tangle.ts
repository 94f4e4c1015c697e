// Tangle: the chapters' blocks become the files of the output folder. All or nothing, and only what changed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Book, readBook } from './book.ts'
import type { Config } from './config.ts'
import { type Change, digest, listFiles, readIfThere, removeLeftovers, stage, staysInside } from './files.ts'
import { link, type Output, textOf, type Web } from './link.ts'
import { isOwn, type Manifest, manifestName, manifestText, readManifest } from './manifest.ts'
import { type Problem, Problems } from './problem.ts'

export interface Tangled {
  book: Book
  web: Web
  /** Paths below the output folder. */
  written: string[]
  removed: string[]
  /** How many files there are in all. */
  total: number
}

export interface TangleOptions {
  /** Overwrite files of the loom that were edited since. Files that it did not write are never overwritten. */
  force?: boolean
  /** Texts of edited files that may be overwritten, as the chapters have the edits by now. */
  stitched?: Manifest
  /** The book, when it has been read already. */
  book?: Book
}

/**
 * Brings the output folder up to date. Throws Problems, with nothing changed, when a chapter is wrong or when a
 * change would lose an edit or somebody else's file; throws the system's error when the disk refuses.
 */
export async function tangle(config: Config, { force = false, stitched = new Map(), book }: TangleOptions = {}): Promise<Tangled> {
  book ??= await readBook(config)
  const web = link(book)
  if (web.problems.length > 0) throw new Problems(web.problems)
  const manifest = union(readManifest(config), stitched)
  const plan = makePlan(config, web, manifest, force)
  if (plan.problems.length > 0) throw new Problems(plan.problems)
  await carryOut(config, plan, manifest)
  return { book, web, written: plan.changed.map(({ file }) => file), removed: plan.stale, total: web.outputs.size }
}

interface Plan {
  texts: Map<string, string>
  changed: Output[]
  /** Files whose text is right and whose map is not. */
  moved: Output[]
  stale: string[]
  problems: Problem[]
}

/** What a run would change, and why it must not. */
export function makePlan(config: Config, { outputs }: Web, manifest: Manifest, force = false): Plan {
  const plan: Plan = { texts: new Map(), changed: [], moved: [], stale: [], problems: [] }
  const folder = join(config.root, config.output)
  const seals = readSeals(config)
  const isGoing = (path: string) => manifest.has(path.replace(/\.map$/, ''))
  for (const output of outputs.values()) {
    const { file } = output
    const text = textOf(output)
    const there = readIfThere(join(folder, file))
    plan.texts.set(file, text)
    if (there === text) {
      const isFresh = seals[file] === sealOf(output) && existsSync(join(folder, `${file}.map`))
      if (!isFresh) plan.moved.push(output)
      continue
    }
    plan.changed.push(output)
    const place = { file: `${config.output}/${file}`, line: 1, column: 1 }
    if (!staysInside(folder, join(folder, file))) {
      plan.problems.push({ ...place, message: `a symbolic link leads out of ${config.output}/`, hint: 'remove the link' })
    } else if (listFiles(join(folder, file)).some((name) => !isGoing(`${file}/${name}`))) {
      plan.problems.push({ ...place, message: 'a folder with files of others stands here', hint: 'move it away' })
    } else if (there !== undefined && !manifest.has(file)) {
      const told = output.blocks[0]!.place
      const hint = `${told.file}:${told.line} wants to write it; move one of them away`
      plan.problems.push({ ...place, message: 'a file that the loom did not write stands here', hint })
    } else if (there !== undefined && !force && !isOwn(manifest, file, there)) {
      plan.problems.push({ ...place, ...edited(there, text) })
    }
  }
  for (const file of manifest.keys()) {
    if (outputs.has(file)) continue
    plan.stale.push(file)
    const there = readIfThere(join(folder, file))
    if (there === undefined || force || isOwn(manifest, file, there)) continue
    const message = 'no chapter names this file any longer, and it was edited'
    plan.problems.push({ file: `${config.output}/${file}`, line: 1, column: 1, message, hint: 'move it away, or tangle --force to remove it' })
  }
  return plan
}

function edited(there: string, text: string): Pick<Problem, 'line' | 'message' | 'hint'> {
  const [a, b] = [there.split('\n'), text.split('\n')]
  const line = a.findIndex((row, i) => row !== b[i])
  return {
    line: line < 0 ? a.length : line + 1,
    message: 'edited since it was tangled',
    hint: 'stitch carries the edit into the chapter; tangle --force drops it',
  }
}

/** Output → digest of where its lines came from when its map was written. Kept in the cache; the maps stay standard. */
type Seals = Record<string, string>

function readSeals({ root, cache }: Config): Seals {
  try {
    return JSON.parse(readIfThere(join(root, cache, 'maps.json')) ?? '{}')
  } catch {
    return {}
  }
}

function sealOf({ lines }: Output): string {
  let previous = ''
  const runs = lines.map(({ block, index, indent }) => {
    if (!block) return '-'
    const { file, line } = block.place
    const where = file === previous ? '' : file
    previous = file
    return `${where}:${line + index!}:${block.fence.columns[index!]! - indent.length}`
  })
  return digest(runs.join('\n'))
}

/** Writes what the plan says. The order of the renames is what makes a kill at any moment harmless. */
async function carryOut(config: Config, plan: Plan, manifest: Manifest): Promise<void> {
  const folder = join(config.root, config.output)
  const sums = new Map([...plan.texts].map(([file, text]) => [file, [digest(text)]]))
  const own = { path: join(folder, manifestName), text: manifestText(sums) }
  const isMoving = plan.changed.length + plan.stale.length > 0
  const isOwnRight = readIfThere(own.path) === own.text
  if (!isMoving && plan.moved.length === 0 && isOwnRight) return
  removeLeftovers(folder)
  removeLeftovers(join(config.root, config.cache))
  stage([
    // Between two renames there are old and new files. The manifest owns both until the end.
    ...(isMoving ? [{ ...own, text: manifestText(union(manifest, sums)) }] : []),
    ...plan.stale.flatMap((file) => [file, `${file}.map`].map((name) => ({ path: join(folder, name), goneFrom: folder }))),
    ...plan.changed.map(({ file }) => ({ path: join(folder, file), text: plan.texts.get(file)! })),
    ...basesOf(config, plan, sums, manifest),
    ...(await mapsOf(config, plan)),
    ...(isMoving || !isOwnRight ? [own] : []),
  ]).commit()
}

function union(before: Manifest, after: Manifest): Manifest {
  const both: Manifest = new Map(before)
  for (const [file, sums] of after) both.set(file, [...new Set([...(before.get(file) ?? []), ...sums])])
  return both
}

/** The copy of a tangled text that stitch compares an edited file with. A name without an ending keeps formatters off. */
export function basePath({ root, cache }: Config, sum: string): string {
  return join(root, cache, 'base', sum)
}

/** Copies of what the manifest will name and did not, in the place of those that it names no longer. */
function basesOf(config: Config, { texts }: Plan, sums: Manifest, manifest: Manifest): Change[] {
  const before = new Set([...manifest.values()].filter(({ length }) => length === 1).flat())
  const after = new Map([...sums].map(([file, [sum]]) => [sum!, texts.get(file)!]))
  const old = new Set([...manifest.values()].flat())
  return [
    ...[...old].filter((sum) => !after.has(sum)).map((sum) => ({ path: basePath(config, sum), goneFrom: join(config.root, config.cache) })),
    ...[...after].filter(([sum]) => !before.has(sum)).map(([sum, text]) => ({ path: basePath(config, sum), text })),
  ]
}

async function mapsOf(config: Config, { changed, moved, texts }: Plan): Promise<Change[]> {
  const { sourceMap } = await import('./maps.ts')
  const outputs = [...changed, ...moved]
  const seals = Object.fromEntries(Object.entries(readSeals(config)).filter(([file]) => texts.has(file)))
  for (const output of outputs) seals[output.file] = sealOf(output)
  return [
    ...outputs.map((output) => ({ path: join(config.root, config.output, `${output.file}.map`), text: sourceMap(config, output) })),
    { path: join(config.root, config.cache, 'maps.json'), text: JSON.stringify(seals) },
  ]
}
