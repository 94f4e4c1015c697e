// What is known of a little program, while it changes under a compiler that stays.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from '../book.ts'
import { link } from '../link.ts'
import { configOf, fence, plant, write } from '../testing.ts'
import { programOf } from './program.ts'
import { Workshop } from './workshop.ts'

/** `door.ts` hands on what `one.ts` has; `user.ts` uses a part of it, `other.ts` another part. */
const program: Record<string, string> = {
  one: ['/** Doubles. */', 'export function double(x: number): Sum {', '  return { value: x + x }', '}', 'interface Sum {', '  value: number', '}', 'export const name = () => 1'].join('\n'),
  door: "export * from './one.ts'",
  user: ["import { double } from './door.ts'", 'export const four = double(2).value'].join('\n'),
  other: ["import { name } from './door.ts'", 'export const called = name()'].join('\n'),
}

interface Scene {
  workshop: Workshop
  root: string
  /** Which files were asked about, and what is shown for a name in a file. */
  know(changes?: Record<string, string>): Promise<{ asked: string[]; shown(file: string, name: string): string[] }>
}

const test = suite<Scene>('program')

test.before.each((scene) => {
  scene.workshop = new Workshop()
  scene.root = plant({})
  mkdirSync(join(scene.root, 'generated'))
  const texts = { ...program }
  scene.know = async (changes = {}) => {
    Object.assign(texts, changes)
    write(scene.root, { 'README.md': ['# Book', ...Object.entries(texts).map(([name, text]) => fence(`ts file=${name}.ts`, text))].join('\n\n') })
    const asked: string[] = []
    const compiler = await scene.workshop.compiler(configOf(scene.root))
    const spied = new Workshop()
    spied.compiler = async () => ({
      async program(given: Map<string, string>) {
        const program = await compiler.program(given)
        return { surfaces: (files: string[]) => program.surfaces(files), facts: (files: string[]) => (asked.push(...files), program.facts(files)) }
      },
    }) as unknown as typeof compiler
    const web = link(await readBook(configOf(scene.root)))
    const { facts } = await programOf(configOf(scene.root), web, spied)
    const shown = (file: string, name: string) => {
      const { identifiers, texts } = facts.get(`${file}.ts`)!
      const lines = web.outputs.get(`${file}.ts`)!.lines.map(({ text }) => text)
      return Object.entries(identifiers).flatMap(([line, found]) => found.flatMap(([column, length, text]) => (lines[Number(line)]!.slice(column, column + length) === name ? [texts[text]!] : [])))
    }
    return { asked: asked.sort(), shown }
  }
})

test.after.each(({ workshop }) => workshop.end())

const all = ['door.ts', 'one.ts', 'other.ts', 'user.ts']

test('LIT-11 a changed body is nobody else’s business: only its own file is looked at again', async ({ know }) => {
  assert.equal((await know()).asked, all)
  assert.equal((await know()).asked, [])
  assert.equal((await know({ one: program['one']!.replace('x + x', '2 * x') })).asked, ['one.ts'])
})

test('LIT-11 a changed signature is seen by those who use the name, through the module that hands it on, and by no others', async ({ know }) => {
  await know()
  const { asked, shown } = await know({ one: program['one']!.replace('(x: number)', '(x: number | string)') })
  assert.equal(asked, ['door.ts', 'one.ts', 'user.ts'])
  assert.match(shown('user', 'double').join(), '(x: number | string): Sum')
})

test('LIT-11 a type that a signature names belongs to it, and so does its comment', async ({ know }) => {
  await know()
  const { asked, shown } = await know({ one: program['one']!.replace('value: number\n', 'value: bigint\n') })
  assert.equal(asked, ['door.ts', 'one.ts', 'user.ts'])
  assert.equal(shown('user', 'four'), ['const four: bigint'])
  const { shown: later } = await know({ one: program['one']!.replace('Doubles.', 'Twice as much.') })
  assert.ok(later('user', 'double').every((text) => text.endsWith('\n\nTwice as much.')))
})

test('LIT-11 the body of a function that does not say what it returns is a part of its signature', async ({ know }) => {
  await know()
  const { asked, shown } = await know({ one: program['one']!.replace('() => 1', "() => 'one'") })
  assert.equal(asked, ['door.ts', 'one.ts', 'other.ts'])
  assert.equal(shown('other', 'called'), ['const called: string'])
})

test('LIT-11 a call is shown with the types that it has itself', async ({ know }) => {
  const { shown } = await know({ user: ['const one = [1].map(String)', 'const two = [1].map(Boolean)', 'export const three = [...one, ...two]'].join('\n') })
  assert.equal(shown('user', 'map').map((text) => /\S+$/.exec(text.split('\n\n')[0]!)![0]), ['string[]', 'boolean[]'])
})

test('LIT-11 a module that comes or goes changes what is known at once', async ({ know }) => {
  await know()
  const { shown } = await know({ more: 'export const more = 1n', user: "import { more } from './more.ts'\nexport const four = more" })
  assert.equal(shown('user', 'four'), ['const four: 1n'])
})

test.run()
