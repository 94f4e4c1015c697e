// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { treeOf } from './walk-tree.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }

/** The most that a process of its own had resident, in megabytes. `code` has the tree's path in `tree`. */
const resident = (code: string, from = import.meta.url) => (context: Context) => {
  const script = `
    const tree = process.argv[1]
    ${code}
    console.log(process.resourceUsage().maxRSS * 1024 / 1e6)`
  const tree = treeOf(context, 'memory')
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script, tree], {
    cwd: new URL('.', from), encoding: 'utf8',
  }))
}

const peers = new URL('../../experiments/', import.meta.url).href

export default {
  question: 'How much memory does a process hold that walks a tree of a million entries?',
  unit: 'MB',
  better: 'lower',
  runs: 5,
  peers: ['fdir'],
  debian: ['gcc', 'libc6-dev'],
  baseline: 'fdir sync',
  rows: [
    { name: 'walk', target: 100, run: resident(`
      const { walk } = await import('filesystem-communication-space/files')
      for (const { path } of walk(tree)) if (path.length === 0) throw path`) },
    { name: 'walkdir, sorted', target: 100, run: resident(`
      const { walkdir } = await import('filesystem-communication-space/files')
      for (const { files } of walkdir(tree)) if (files.length > 100) throw files`) },
    { name: 'fdir sync', run: resident(`
      const { fdir } = await import('fdir')
      new fdir().withFullPaths().withDirs().crawl(tree).sync()`, peers) },
    { name: 'fdir async', run: resident(`
      const { fdir } = await import('fdir')
      await new fdir().withFullPaths().withDirs().crawl(tree).withPromise()`, peers) },
    { name: 'readdirSync recursive', run: resident(`
      const { readdirSync } = await import('node:fs')
      readdirSync(tree, { recursive: true })`) },
    { name: 'Node, doing nothing', run: resident('') },
  ],
}
