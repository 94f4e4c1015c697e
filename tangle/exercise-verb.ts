// The verb `exercise`: the list with a reader's progress, and one exercise begun, judged, hinted at, solved or begun anew.
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { readBook } from './book.ts'
import type { Config } from './config.ts'
import { callOf, endingOf, type Exercise, readExercises } from './exercise.ts'
import { type Judgement, judge } from './exercise-judge.ts'
import { digest, readIfThere, replaceFile } from './files.ts'
import { link, textOf } from './link.ts'
import { nearest, Problems } from './problem.ts'

/** `done`: judged as it stands, and every promise was kept. `tried`: begun. `new`: nothing was written yet. */
export type State = 'done' | 'tried' | 'new'

export interface Progress {
  name: string
  difficulty: string
  section: string
  /** `chapter:line`. */
  told: string
  state: State
  /** Promises kept when the attempt was last judged as it stands; null when it was not. */
  kept: number | null
  promises: number
  /** Path of the attempt, which need not be there. */
  attempt: string
  judgement?: Judgement
}

interface Given {
  values: Record<string, string | boolean | string[] | undefined>
  words: string[]
  say: (line: string) => void
}

interface Scene {
  config: Config
  exercises: Exercise[]
  /** Absolute path of the folder of the attempts. */
  folder: string
  records: Records
  say: (line: string) => void
}

export async function exerciseVerb(config: Config, { values, words, say }: Given): Promise<number> {
  const book = await readBook(config)
  const web = link(book)
  const { exercises, problems } = readExercises(book, web)
  if (web.problems.length + problems.length > 0) throw new Problems([...web.problems, ...problems])
  const folder = resolve(config.root, typeof values['in'] === 'string' ? resolve(values['in']) : config.exercises)
  const scene: Scene = { config, exercises, folder, records: openRecords(config, folder), say }
  const isJson = values['json'] === true
  const timeoutMs = values['timeout'] === undefined ? undefined : Number(values['timeout']) * 1000
  if (timeoutMs !== undefined && !(timeoutMs > 0)) return usage('--timeout needs seconds above 0')
  const [name, ...more] = words
  if (more.length > 0) return usage('one exercise at a time')
  if (name === undefined) {
    const asked = ['hint', 'solution', 'reset'].find((key) => values[key])
    if (asked !== undefined) return usage(`--${asked} of which exercise? loom exercise lists them`)
    return list(scene, { isJson, isAll: values['all'] === true, timeoutMs })
  }
  const exercise = exercises.find((each) => each.name === name)
  if (!exercise) {
    const near = nearest(name, exercises.map((each) => each.name))
    return usage(`there is no exercise '${name}'${near ? `; did you mean '${near}'?` : '; loom exercise lists them'}`)
  }
  if (values['hint']) say(exercise.hint)
  else if (values['solution']) say(textOf(exercise.solution).trimEnd())
  else if (values['reset']) reset(scene, exercise)
  else return work(scene, exercise, { isJson, timeoutMs })
  return 0
}

function usage(message: string): number {
  process.stderr.write(`loom exercise: ${message}\n`)
  return 2
}

function shown({ config }: Scene, path: string): string {
  const own = relative(config.root, path)
  return own.startsWith('..') ? path : own.split(sep).join('/')
}

const attemptOf = ({ folder }: Scene, exercise: Exercise) => join(folder, exercise.name + endingOf(exercise))

/** What a reader gets to begin with: the starter without the loom's own first line. */
export function starterText({ starter }: Exercise): string {
  return `${starter.lines.filter(({ block }, i) => block !== undefined || i > 0).map(({ text }) => text).join('\n')}\n`
}

function progressOf(scene: Scene, exercise: Exercise): Progress {
  const { name, difficulty, section, place, promises } = exercise
  const attempt = attemptOf(scene, exercise)
  const text = readIfThere(attempt)
  const kept = text === undefined ? undefined : scene.records.kept(exercise, text)
  const isNew = text === undefined || text === starterText(exercise)
  const state = isNew ? 'new' : kept === promises.length ? 'done' : 'tried'
  const told = `${place.file}:${place.line}`
  return { name, difficulty, section, told, state, kept: isNew ? null : (kept ?? null), promises: promises.length, attempt: shown(scene, attempt) }
}

async function list(scene: Scene, { isJson, isAll, timeoutMs }: { isJson: boolean; isAll: boolean; timeoutMs: number | undefined }): Promise<number> {
  const { exercises, say } = scene
  const judgements = new Map<string, Judgement>()
  if (isAll) {
    for (const exercise of exercises) {
      const text = readIfThere(attemptOf(scene, exercise))
      if (text !== undefined && text !== starterText(exercise)) judgements.set(exercise.name, await judgeAttempt(scene, exercise, text, timeoutMs))
    }
  }
  const all = exercises.map((exercise): Progress => {
    const judgement = judgements.get(exercise.name)
    return { ...progressOf(scene, exercise), ...(judgement && { judgement }) }
  })
  const next = all.find(({ state }) => state === 'tried') ?? all.find(({ state }) => state === 'new')
  const count = (state: State) => all.filter((each) => each.state === state).length
  if (isJson) {
    say(JSON.stringify({ done: count('done'), tried: count('tried'), new: count('new'), next: next?.name ?? null, exercises: all }, null, 1))
    return 0
  }
  for (const line of table(all, next)) say(line)
  say('')
  say(`${count('done')} of ${all.length} done${count('tried') > 0 ? `, ${count('tried')} begun` : ''}`)
  if (next) say(`next: ${callOf(next.name)}, told in ${next.told}`)
  return 0
}

const signs: Record<State, string> = { done: '✔', tried: '…', new: ' ' }

function table(all: Progress[], next: Progress | undefined): string[] {
  const width = Math.max(0, ...all.map(({ name }) => name.length))
  return all.flatMap((each, i) => {
    const { name, difficulty, state, kept, promises, section } = each
    const score = kept === null ? (state === 'new' ? '' : 'not judged since it changed') : `${kept} of ${promises}`
    const line = `${each === next ? '→' : ' '} ${signs[state]} ${name.padEnd(width)}  ${difficulty.padEnd(7)}  ${score}`.trimEnd()
    return section === all[i - 1]?.section ? [line] : [...(i > 0 ? [''] : []), section, line]
  })
}

async function work(scene: Scene, exercise: Exercise, { isJson, timeoutMs }: { isJson: boolean; timeoutMs: number | undefined }): Promise<number> {
  const { say } = scene
  const path = attemptOf(scene, exercise)
  const text = readIfThere(path)
  if (text === undefined && !isJson) {
    begin(scene, exercise, path)
    return 0
  }
  const judgement = text === undefined ? undefined : await judgeAttempt(scene, exercise, text, timeoutMs)
  if (isJson) say(JSON.stringify({ ...progressOf(scene, exercise), ...(judgement && { judgement }) }, null, 1))
  else for (const line of verdict(scene, exercise, judgement!)) say(line)
  return judgement?.ok ? 0 : 1
}

async function judgeAttempt(scene: Scene, exercise: Exercise, text: string, timeoutMs: number | undefined): Promise<Judgement> {
  const judgement = await judge(scene.config, exercise, { name: shown(scene, attemptOf(scene, exercise)), text }, timeoutMs)
  scene.records.note(exercise, text, judgement)
  return judgement
}

function begin(scene: Scene, exercise: Exercise, path: string): void {
  const { say } = scene
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, starterText(exercise), { flag: 'wx' })
  for (const line of heading(exercise)) say(line)
  say('')
  say(`wrote ${shown(scene, path)}: begin there, and judge it with ${callOf(exercise.name)}`)
}

function heading({ name, difficulty, place, section, task, promises }: Exercise): string[] {
  return [`${name} (${difficulty}), in ${section}, ${place.file}:${place.line}`, '', ...task.split('\n').map((line) => `  ${line.trim()}`),
    '', '  You are done when', ...promises.map(({ title }) => `    - ${title}`)]
}

function verdict(scene: Scene, exercise: Exercise, { ok, promises, wrong, printed }: Judgement): string[] {
  const { name, difficulty, place } = exercise
  const path = shown(scene, attemptOf(scene, exercise))
  const lines = [`${name} (${difficulty}), told in ${place.file}:${place.line}`, `your attempt: ${path}`, '']
  for (const text of wrong) lines.push(...text.split('\n').map((line) => `  ${line}`), '')
  for (const { title, ok, words } of promises) lines.push(`  ${ok ? '✔' : '✘'} ${title}`, ...words.map((line) => `      ${line}`))
  if (!ok && printed.trim() !== '') lines.push('', '  it printed:', ...printed.trimEnd().split('\n').slice(-20).map((line) => `  | ${line}`))
  const kept = promises.filter((each) => each.ok).length
  lines.push('')
  if (ok) return [...lines, `done: ${kept} of ${kept} promises kept. The book's own way: ${callOf(name, 'solution')}`]
  if (readIfThere(attemptOf(scene, exercise)) === starterText(exercise)) lines.push('This is still the starter as it was.')
  return [...lines, `${kept} of ${promises.length} promises kept. If you are stuck: ${callOf(name, 'hint')}`]
}

/** Begins anew. The old attempt keeps a name beside: `name.1.ts`, or the next number that is free. */
function reset(scene: Scene, exercise: Exercise): void {
  const path = attemptOf(scene, exercise)
  const text = readIfThere(path)
  if (text === undefined) {
    begin(scene, exercise, path)
    return
  }
  if (text !== starterText(exercise)) {
    for (let i = 1; ; i++) {
      const kept = join(scene.folder, `${exercise.name}.${i}${endingOf(exercise)}`)
      try {
        linkSync(path, kept) // refuses a name that is taken
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        throw error
      }
      scene.say(`kept ${shown(scene, kept)}`)
      break
    }
  }
  replaceFile(path, starterText(exercise))
  scene.say(`wrote ${shown(scene, path)}: the starter again`)
}

/** What was judged, kept between runs by the digest of the attempt and its tests: an edit makes it unknown again. */
interface Records {
  kept(exercise: Exercise, text: string): number | undefined
  note(exercise: Exercise, text: string, judgement: Judgement): void
}

function openRecords({ root, cache }: Config, folder: string): Records {
  const path = join(root, cache, 'exercises.json')
  const keyOf = ({ test }: Exercise, text: string) => digest(`${textOf(test)}\0${text}`)
  let known: Record<string, Record<string, { attempt: string; kept: number }>> = {}
  try {
    known = JSON.parse(readIfThere(path) ?? '{}')
  } catch {
    // what cannot be read is judged again
  }
  return {
    kept(exercise, text) {
      const record = known[folder]?.[exercise.name]
      return record?.attempt === keyOf(exercise, text) ? record.kept : undefined
    },
    note(exercise, text, { promises, wrong }) {
      const kept = wrong.length > 0 ? 0 : promises.filter(({ ok }) => ok).length
      known[folder] = { ...known[folder], [exercise.name]: { attempt: keyOf(exercise, text), kept } }
      replaceFile(path, JSON.stringify(known))
    },
  }
}
