// The exercises of this book: each starter fails at least one of its hidden tests, and not as a whole; each reference
// passes them all; and the tests that ran are those that the page promises.
// Runs long: other files run beside it.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { readConfig } from './config.ts'
import { checkExercises, difficulties, type Exercise, readExercises } from './exercise.ts'
import { type Judgement, judge } from './exercise-judge.ts'
import { starterText } from './exercise-verb.ts'
import { link, textOf } from './link.ts'
import { formatProblem } from './problem.ts'
import { sectionOf } from './section.ts'

const config = readConfig(dirname(dirname(fileURLToPath(import.meta.url))))
const book = await readBook(config)
const web = link(book)
const { exercises } = readExercises(book, web)

const told = ({ wrong, promises }: Judgement) =>
  [...wrong, ...promises.flatMap(({ ok, title, words }) => (ok ? [] : [title, ...words]))].join('\n')
const titles = ({ promises }: Pick<Exercise, 'promises'> | Judgement) => promises.map(({ title }) => title).sort()

test('LIT-13 every exercise of this book is whole, and its promises are its hidden tests', () => {
  assert.equal(checkExercises(book, web).map(formatProblem), [])
})

test('LIT-13 every section with a module sets two exercises or more, from the easy to the hard', () => {
  for (const { file } of book.pages) {
    const section = sectionOf(config, file)
    if (!section || section.isOpening || !web.outputs.has(`${section.folder}/${section.slug}.ts`)) continue
    const own = exercises.filter(({ page }) => page.file === file).map(({ difficulty }) => difficulties.indexOf(difficulty))
    assert.ok(own.length >= 2, `${file} sets ${own.length}`)
    assert.equal(own, [...own].sort(), `${file} goes from observe to build`)
  }
})

test('the course plan hands in every exercise once, and none that is not there', () => {
  const plan = book.pages.find(({ file }) => file.endsWith('-course.md'))!
  const rows = plan.text.split('\n').filter((line) => /^\| \d+ \|/.test(line))
  const handedIn = rows.flatMap((row) => [...row.split('|').at(-2)!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!))
  assert.equal(rows.map((row) => Number(row.split('|')[1])), rows.map((_, i) => i + 1), 'week after week')
  assert.equal([...handedIn].sort(), exercises.map(({ name }) => name).sort())
})

for (const exercise of exercises) {
  const { name, page } = exercise
  test(`LIT-13 ${name}: the starter fails a hidden test and the reference passes all`, async () => {
    const [begun, solved] = await Promise.all([
      judge(config, exercise, { name: 'the starter', text: starterText(exercise) }),
      judge(config, exercise, { name: 'the reference', text: textOf(exercise.solution) }, 30_000),
    ])
    assert.is(begun.ok, false, `${page.file}: the starter of ${name} is a solution already`)
    assert.equal(begun.wrong, [], `${page.file}: the starter of ${name} fails as a whole`)
    assert.ok(solved.ok, `${page.file}: the reference of ${name} fails:\n${told(solved)}`)
    assert.equal(titles(solved), titles(exercise), 'what ran is what is promised')
  })
}

test.run()
