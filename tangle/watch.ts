// Watch: tangle again on every save, and say in one line what was done. A broken chapter is told and waited for.
import { type FSWatcher, readdirSync, statSync, watch as watchFolder } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { openCache, readBook } from './book.ts'
import type { Config } from './config.ts'
import type { Page } from './markdown.ts'
import { Problems } from './problem.ts'
import { tangle } from './tangle.ts'
import type { Published } from './weave/publish.ts'

/** An editor writes a file in several steps; a save is over when nothing has happened for this long. */
const settleMs = 5
/** A page of no bytes is most often one that its editor has just opened for writing. */
const emptyMs = 200

export interface WatchOptions {
  report: (line: string) => void
  /** Weave the pages that a save changed, too. */
  book?: boolean | undefined
  /** Ends the watch. */
  signal?: AbortSignal
}

/** Runs until it is aborted. The first tangle is reported when the watch is in place, so that no save is missed. */
export async function watch(config: Config, { report, book: weaves, signal }: WatchOptions): Promise<void> {
  const cache = openCache(config)
  const quick = { page: cache.page, save: () => {} } // the cache on the disk can wait until the end
  const loom = weaves ? await Promise.all([import('./weave/weave.ts'), import('./weave/workshop.ts')]).then(([{ weave }, { Workshop }]) => ({ weave, workshop: new Workshop() })) : undefined
  let pages: Page[] = []
  const changed = new Set<string>()
  if (loom) loom.workshop.isAwaited = () => changed.size > 0
  let running = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  const again = async () => {
    const names = [...changed].map((name) => relative(config.root, name)).sort()
    changed.clear()
    const start = performance.now()
    const what = names.length > 0 ? names.join(', ') : 'watching'
    const ms = () => Math.round(performance.now() - start)
    let done = 'nothing written'
    try {
      const book = await readBook(config, quick)
      pages = book.pages
      const { written, removed, total } = await tangle(config, { book })
      const changes = [...written.map((file) => `wrote ${file}`), ...removed.map((file) => `removed ${file}`)]
      report(`${what}: ${changes.length > 0 ? changes.join(', ') : `${total} files are up to date`} (${ms()} ms)`)
      if (!loom || changed.size > 0) return // who has saved again waits for that
      done = 'not woven'
      // The saved page comes first; then those pages whose types it has changed, if nobody has saved again.
      for (const hurry of [true, false]) {
        const published = await loom.weave(config, book, { workshop: loom.workshop, hurry })
        report(`${what}: ${woven(published)} (${ms()} ms)`)
        if (published.waiting === 0 || changed.size > 0) break
      }
    } catch (error) {
      if (!(error instanceof Problems) && !(error as NodeJS.ErrnoException).code) throw error
      report(`${what}: ${done}\n${(error as Error).message}`)
    }
  }
  const soon = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = running.then(again)
    }, ms)
  }

  const folders = watchFolders(config, (path) => {
    changed.add(path)
    soon(statSync(path, { throwIfNoEntry: false })?.size === 0 ? emptyMs : settleMs)
  })
  await (running = running.then(again))
  await Promise.all([warmUp(pages, signal), loom?.workshop.warmUp(config)])
  if (!signal?.aborted) await new Promise((ended) => signal?.addEventListener('abort', ended, { once: true }))
  clearTimeout(timer)
  folders.close()
  await running
  await loom?.workshop.end()
  cache.save(pages.map(({ file }) => file))
}

/** Pages by their names as long as they are few. */
function woven({ written, removed, total }: Published): string {
  const pages = written.filter((name) => name.endsWith('.html'))
  const shown = pages.length > 4 ? `${pages.slice(0, 3).join(', ')} and ${pages.length - 3} more pages` : pages.join(', ')
  return written.length + removed.length === 0 ? `${total} files of the book are up to date` : `wove ${shown || `${written.length} files`}`
}

/** Parses every page while nobody waits, so that the first save finds the parser compiled and the other pieces known. */
async function warmUp(pages: Page[], signal?: AbortSignal): Promise<void> {
  const { readPage } = await import('./markdown.ts')
  for (const { file, text } of pages) {
    await setImmediate()
    if (signal?.aborted) return
    readPage(file, Buffer.from(text))
  }
}

/**
 * Calls `touched` with the path of every Markdown file that is written, made or removed. Each folder has a watch of its
 * own: the kernel tells every change, where watchers with a throttle drop a save that follows another within 50 ms.
 */
function watchFolders(config: Config, touched: (path: string) => void): { close(): void } {
  const watches = new Map<string, FSWatcher>()
  const add = (folder: string) => {
    if (watches.has(folder)) return
    const watch = watchFolder(folder, (_event, name) => {
      if (name?.endsWith('.md')) touched(join(folder, name))
      else if (name && !isOther(config, join(folder, name))) addTree(join(folder, name), true)
    })
    watch.on('error', () => drop(folder))
    watches.set(folder, watch)
  }
  const drop = (folder: string) => {
    watches.get(folder)?.close()
    watches.delete(folder)
  }
  const addTree = (folder: string, isNew = false) => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return drop(folder)
    add(folder)
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !isOther(config, path)) addTree(path, isNew)
      else if (isNew && entry.name.endsWith('.md')) touched(path) // it may have come before the watch
    }
  }
  for (const document of config.documents) {
    const path = join(config.root, document)
    if (statSync(path).isDirectory()) addTree(path)
    else add(dirname(path))
  }
  return { close: () => [...watches.keys()].forEach(drop) }
}

/** Folders that hold no pages: hidden ones, packages, and what the loom makes. */
function isOther({ root, output, diagrams, book, experiments }: Config, path: string): boolean {
  const name = relative(root, path)
  return /(^|\/)(\.[^/]*|node_modules)(\/|$)/.test(name) || [output, diagrams, book, experiments].includes(name)
}
