// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { open, O_PATH, type OpenFile } from '../foundations/file.ts'
import { openTrusted } from './well-known-path.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }

/** Makes a file so many names below the folder, and returns its path. */
function place(folder: string, depth: number): string {
  const below = `${folder}/${Array.from({ length: depth - 1 }, () => 'deeper').join('/')}`
  mkdirSync(below, { recursive: true })
  writeFileSync(`${below}/agent`, '')
  return `${below}/agent`
}

const inTypeScript = (depth: number, way: (path: string) => OpenFile) => ({ folder, quick }: Context) => {
  const path = place(folder, depth)
  const count = quick ? 2_000 : 20_000
  const begin = performance.now()
  for (let i = 0; i < count; i++) way(path).close()
  return (performance.now() - begin) * 1000 / count
}
const inC = (depth: number, way: string) => ({ folder, quick, compile }: Context) => Number(execFileSync(
  compile(new URL('./well-known-path.limit.c', import.meta.url)),
  [way, place(folder, depth), quick ? '10000' : '100000'], { encoding: 'utf8' }))

const rows = (depth: number) => [
  { name: `open, ${depth} names`, run: inTypeScript(depth, path => open(path, O_PATH)) },
  { name: `openTrusted, ${depth} names`, run: inTypeScript(depth, path => openTrusted(path)) },
  { name: `C: open, ${depth} names`, run: inC(depth, 'open') },
  { name: `C: openat2, no links, ${depth} names`, run: inC(depth, 'openat2') },
  { name: `C: a step at a time, checked, ${depth} names`, run: inC(depth, 'walk') },
].map(row => ({ group: `${depth} names below the folder`, ...row }))

export default {
  question: 'How long does it take to open a path, and to know who could have put it there?',
  unit: 'µs',
  better: 'lower',
  baseline: ['open, 4 names', 'open, 16 names'],
  debian: ['gcc', 'libc6-dev'],
  rows: [...rows(4), ...rows(16)],
}
