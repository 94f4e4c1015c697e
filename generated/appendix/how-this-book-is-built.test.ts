// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commands, filesOf, makeBook, writeBook } from './how-this-book-is-built.ts'
import type { Pages, Tool } from './how-this-book-is-built.ts'

function tangled(pages: Pages, tool: Tool, name: keyof typeof commands): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'books-'))
  try {
    writeBook(pages, tool, folder)
    const [program, ...args] = commands[name] as [string, ...string[]]
    const env = { ...process.env, HOME: folder }
    execFileSync(program, args, { cwd: folder, stdio: 'ignore', env })
    const src = join(folder, 'src')
    const names = readdirSync(src).filter((name) => name.endsWith('.ts'))
    return new Map(names.sort().map((name) => [name, readFileSync(join(src, name), 'utf8')]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const seed of [1, 2, 3]) {
  test(`LIT-2 the loom and noweb write the same bytes for the book of seed ${seed}`, () => {
    const pages = makeBook(4, 5 + seed * 10, seed)
    const wanted = new Map([...filesOf(pages)].sort())
    assert.equal(tangled(pages, 'loom', 'loom tangle'), wanted)
    assert.equal(tangled(pages, 'noweb', 'notangle'), wanted)
    assert.equal(tangled(pages, 'noweb', 'noweb, in one pass'), wanted)
  })
}

test.run()
