// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
// Books of any size, made from a seed and told in the notations of three tools, with what each
// tool must make of them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A chunk of a made book. The ones with a `file` are roots. */
export interface Chunk {
  name: string
  file?: string
  prose: string[]
  lines: string[]
  calls: Chunk[]
}

/** A made book: for each page its chunks, of which the first is the root of a file. */
export type Pages = Chunk[][]

/** Makes a book: pages of `perPage` chunks of a kilobyte. The same seed gives the same book. */
export function makeBook(pages: number, perPage: number, seed: number): Pages {
  const random = numbers(seed)
  return Array.from({ length: pages }, (_, page) => {
    const chunks = Array.from({ length: perPage }, (_, i) => makeChunk(`${page}_${i}`, random))
    chunks[0]!.file = `f${page}.ts`
    // let each chunk be called by one before it
    chunks.slice(1).forEach((chunk, i) => chunks[random(i + 1)]!.calls.push(chunk))
    return chunks
  })
}

const words = 'a name in the space is where two processes meet and know nothing of it'.split(' ')

function makeChunk(id: string, random: (below: number) => number): Chunk {
  const word = () => words[random(words.length)]
  const say = (count: number) => Array.from({ length: count }, word).join(' ')
  const line = (i: number) => `const v${id}_${i} = '$&${say(4)}' + (${random(1e6)} >> 3)`
  return {
    name: `${say(4)} ${id}`,
    prose: Array.from({ length: 4 }, () => say(20)),
    lines: Array.from({ length: 11 }, (_, i) => line(i)),
    calls: [],
  }
}

/** Numbers below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Notation {
  ending: string
  open(chunk: Chunk): string
  close: string
  call(chunk: Chunk): string[]
}

const notations = {
  loom: {
    ending: 'md',
    open: ({ file, name }) => `\`\`\`ts ${file ? `file=${file}` : `name="${name}"`}`,
    close: '```',
    call: ({ name }) => [`// <<${name}>>`],
  },
  noweb: {
    ending: 'nw',
    open: ({ file, name }) => `<<${file ? `src/${file}` : name}>>=`,
    close: '@',
    call: ({ name }) => [`// ${name}`, `<<${name}>>`],
  },
  org: {
    ending: 'org',
    open: ({ file, name }) => {
      const block = '#+begin_src text :noweb yes'
      return file ? `${block} :tangle src/${file}` : `#+name: ${name}\n${block}`
    },
    close: '#+end_src',
    call: ({ name }) => [`// ${name}`, `<<${name}>>`],
  },
} satisfies Record<string, Notation>

export type Tool = keyof typeof notations

/** Writes the book for one of the tools into `folder`, and an empty src/, which noweb asks for. */
export function writeBook(pages: Pages, tool: Tool, folder: string): void {
  const { ending, open, close, call }: Notation = notations[tool]
  mkdirSync(join(folder, 'src'), { recursive: true })
  // The loom alone heads files and puts blank lines between blocks, unless it is told not to.
  const settings = { documents: ['.'], output: 'src', header: false, separate: false }
  if (tool === 'loom') writeFileSync(join(folder, 'loom.json'), JSON.stringify(settings))
  pages.forEach((chunks, page) => {
    const lines = chunks.flatMap((chunk) => {
      const calls = chunk.calls.flatMap((called) => call(called).map((line) => `  ${line}`))
      return ['', ...chunk.prose, '', open(chunk), ...chunk.lines, ...calls, close]
    })
    writeFileSync(join(folder, `${page}.${ending}`), `# Page ${page}\n${lines.join('\n')}\n`)
  })
}

/** The files that a book must give: their text by their name below src/. */
export function filesOf(pages: Pages): Map<string, string> {
  return new Map(pages.map(([root]) => [root!.file!, `${expand(root!).join('\n')}\n`]))
}

function expand({ lines, calls }: Chunk): string[] {
  const inner = calls.flatMap((chunk) => [`// ${chunk.name}`, ...expand(chunk)])
  return [...lines, ...inner.map((line) => `  ${line}`)]
}

const loom = ['tangle/cli.ts', 'node_modules/tsx/dist/loader.mjs']
  .map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)))

const notangle = 'for page in *.nw; do f=src/f${page%.nw}.ts; notangle -R$f $page > $f; done'
const allAtOnce = '/usr/lib/noweb/markup -t *.nw | /usr/lib/noweb/mnt -all'
const babel = `(progn (require 'ob-tangle)
  (setq org-src-preserve-indentation t make-backup-files nil vc-handled-backends nil)
  (dolist (page (directory-files "." t "\\\\.org$")) (org-babel-tangle-file page)))`

/** The commands that tangle the book in the working folder: program and arguments. */
export const commands = {
  'loom tangle': ['node', '--import', loom[1]!, loom[0]!, 'tangle'],
  notangle: ['sh', '-c', notangle],
  'noweb, in one pass': ['sh', '-c', allAtOnce],
  'org-babel-tangle': ['emacs', '-Q', '--batch', '--eval', babel],
} satisfies Record<string, string[]>
