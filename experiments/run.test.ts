// Plants a tiny book with experiments that count instead of measuring, and runs the real command on it.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { turn } from './measure.ts'
import { formatResult, type Result, readResult } from './result.ts'
import { sample } from './sample.ts'
import { settingHere, settingKey } from './setting.ts'

interface Scene {
  root: string
}

const test = suite<Scene>('run')
const command = fileURLToPath(new URL('run.ts', import.meta.url))
const data = 'experiments/toys/count.json'
const quickData = '.loom/experiments/toys/count.json'
const page = 'chapters/toys.md'

/** Each run notes its row, round and folder in `log`, and gives its round as the sample. */
const toy = (extra = '') => `
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
const note = (row, { folder, round, quick }) => {
  appendFileSync(LOG, JSON.stringify({ row, round, quick, folder, empty: readdirSync(folder).length === 0, pid: process.pid, cwd: process.cwd() }) + '\\n')
  writeFileSync(folder + '/left', 'over')
}
export default {
  question: 'How many?', unit: 'things', better: 'higher', runs: 2, baseline: 'one',
  rows: [
    { name: 'one', run: async (context) => (note('one', context), 10 + context.round) },
    { name: 'two', run: (context) => (note('two', context), [20 + context.round, 21]) },
    ${extra}
  ],
}`

test.before.each((scene) => {
  scene.root = mkdtempSync(join(tmpdir(), 'run-'))
  write(scene, 'loom.json', '{"documents": ["chapters"]}')
  write(scene, page, '# Toys\n\n<!-- result:toys/count -->\n<!-- /result -->\n')
  plant(scene)
})

test.after.each(({ root }) => rmSync(root, { recursive: true }))

function write({ root }: Scene, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

function plant(scene: Scene, extra?: string): void {
  const log = JSON.stringify(join(scene.root, 'log'))
  write(scene, 'generated/toys/count.experiment.ts', toy(extra).replace('LOG', log))
}

const read = ({ root }: Scene, file: string) => readFileSync(join(root, file), 'utf8')
const samples = (scene: Scene, file: string) =>
  Object.fromEntries(readResult(read(scene, file), file).result!.rows.map((row) => [row.name, row.samples]))
const entries = (scene: Scene) => read(scene, 'log').trim().split('\n').map((line) => JSON.parse(line))
const leftovers = ({ root }: Scene) =>
  existsSync(join(root, '.loom/experiments')) ? readdirSync(join(root, '.loom/experiments')).filter((name) => name.startsWith('run-')) : []

interface Outcome {
  status: number | null
  out: string
  err: string
}

/** Runs the command; `during` may look at what it says on the way. */
function run({ root }: Scene, args: string[], during?: (err: string, pid: number) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=source', '--import', import.meta.resolve('tsx'), command, ...args, '--root', root], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => during?.((err += text), child.pid!) ?? text)
    if (!during) child.stderr.on('data', (text) => (err += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ status, out, err })
    })
  })
}

test('LIT-10 a full run fills data, chart and chapter; a quick one replaces none of them; each row has a process and an empty folder of its own', async (scene) => {
  const { status, out, err } = await run(scene, ['toys/count'])
  assert.is(status, 0, err)
  assert.equal(samples(scene, data), { one: [10, 11], two: [[20, 21], [21, 21]] })
  assert.match(out, /\| two +\| +21\.0 \|.*2.0× \|/)
  assert.match(read(scene, page), /\| two +\| +21\.0 \|/)
  assert.ok(existsSync(join(scene.root, 'experiments/toys/count.svg')))
  const { result } = readResult(read(scene, data), data)
  assert.is(result!.setting.node, process.versions.node)
  assert.equal([result!.runs, result!.rows[0]!.setting], [2, settingKey(result!.setting)])
  assert.match(err, '  2/2  two  21  21 things')

  const full = read(scene, data)
  const quick = await run(scene, ['toys/count', '--quick'])
  assert.match(quick.err, `a quick run: kept in ${quickData}; chapters show full runs only`)
  assert.is(read(scene, data), full, 'the quick run replaced the full one')
  assert.equal(samples(scene, quickData)['one'], [10, 11])
  const all = entries(scene).slice(-4)
  assert.equal(all.map(({ row }) => row), ['one', 'two', 'one', 'two'])
  assert.is(new Set(all.map(({ pid }) => pid)).size, 4)
  assert.is(new Set(all.map(({ folder }) => folder)).size, 4)
  assert.ok(all.every(({ empty, quick, cwd, folder }) => empty && quick && cwd === folder && !existsSync(folder)))
  assert.equal(leftovers(scene), [])
})

test('LIT-10 no row always follows the same one', () => {
  const orders = [0, 1, 2, 3].map((round) => turn(['a', 'b', 'c'], round).join(''))
  assert.equal(orders, ['abc', 'acb', 'cab', 'cba'])
})

test('LIT-10 fewer rounds than the experiment asks for are a quick run', async (scene) => {
  const { err } = await run(scene, ['toys/count', '--runs', '1', '--only', 'one'])
  assert.match(err, 'a quick run')
  assert.not(existsSync(join(scene.root, data)))
})

test('LIT-10 one row can be measured again on the same machine; another machine is refused with the reason', async (scene) => {
  assert.match((await run(scene, ['toys/count', '--only', 'two'])).err, 'nothing yet that --only could complete')
  const here = settingHere(scene.root, {})
  const row = { setting: settingKey(here), date: '2026-01-01', commit: 'none', dirty: false, load: 0 }
  const before: Result = {
    experiment: 'toys/count', question: 'How many?', unit: 'things', better: 'higher', baseline: ['one'], runs: 2, setting: here,
    rows: [{ name: 'one', ...row, samples: [10, 11] }, { name: 'two', ...row, samples: [1, 2] }],
  }
  write(scene, data, formatResult(before))
  const again = await run(scene, ['toys/count', '--only', 'two', '--json'])
  const after = readResult(again.out, data).result!
  assert.equal(after.rows[0], before.rows[0])
  assert.is.not(after.rows[1]!.date, before.rows[1]!.date)

  const setting = { ...before.setting, kernel: 'Linux 1.0' }
  const rows = before.rows.map((row) => ({ ...row, setting: settingKey(setting) }))
  const elsewhere = formatResult({ ...before, setting, rows })
  write(scene, data, elsewhere)
  const refused = await run(scene, ['toys/count', '--only', 'two'])
  assert.is(refused.status, 1)
  assert.match(refused.err, 'rows of then and now must not share a table')
  assert.match(refused.err, 'kernel was Linux 1.0 and is Linux')
  assert.is(read(scene, data), elsewhere)
})

test('LIT-10 an unknown experiment, row or option is told, with the nearest known one', async (scene) => {
  const told = async (...args: string[]) => {
    const { status, err } = await run(scene, args)
    assert.is(status, 1)
    return err
  }
  const lines = await Promise.all([
    told('toys/cuont'), told('toys/count', '--only', 'on'), told('toys/count', '--runs', 'x'), told('--fast'),
  ])
  assert.match(lines[0], "no experiment 'toys/cuont'; did you mean 'toys/count'?")
  assert.match(lines[1], "no row 'on'; did you mean 'one'?")
  assert.match(lines[2], '--runs takes a number')
  assert.match(lines[3], "Unknown option '--fast'")
})

test('LIT-10 the list shows each question, and when it was last answered', async (scene) => {
  assert.is((await run(scene, ['--list'])).out, 'toys/count\n  How many?\n  not measured yet\n')
})

test('LIT-10 a row that throws, dies, hangs or gives no number ends the run with nothing recorded', async (scene) => {
  const bad = [
    ["throw new TypeError('on purpose')", ", round 1: TypeError: on purpose"],
    ["process.kill(process.pid, 'SIGKILL')", ', round 1: died of SIGKILL'],
    ["return 'many'", 'the row gave "many", which is not a number'],
    ['return context.peer("nix")', "the experiment does not name 'nix' in its peers"],
    ['for (;;);', 'took longer than 3000 ms'],
  ] as const
  plant(scene, bad.map(([body], i) => `{ name: 'bad ${i}', run: async (context) => { ${body} } },`).join(''))
  const file = 'generated/toys/count.experiment.ts'
  write(scene, file, read(scene, file).replace('runs: 2', 'timeoutMs: 3000'))
  await Promise.all(bad.map(async ([, wanted], i) => {
    const { status, err } = await run(scene, ['toys/count', '--only', `bad ${i}`, '--quick'])
    assert.is(status, 1)
    assert.match(err, `the row 'bad ${i}'`)
    assert.match(err, wanted)
  }))
  assert.equal([existsSync(join(scene.root, quickData)), leftovers(scene)], [false, []])
})

test('LIT-10 an interrupted run ends its children, removes its folders and records nothing', async (scene) => {
  const child = join(scene.root, 'child')
  plant(scene, `{ name: 'slow', run: async () => {
    const { spawn } = await import('node:child_process')
    writeFileSync(${JSON.stringify(child)}, String(spawn('sleep', ['60']).pid))
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  } },`)
  const watch = setInterval(() => {
    if (!existsSync(child) || runner === 0) return
    clearInterval(watch)
    process.kill(runner, 'SIGINT')
  }, 50)
  let runner = 0
  const { status, err } = await run(scene, ['toys/count', '--only', 'slow', '--quick'], (_, pid) => void (runner = pid))
  clearInterval(watch)
  assert.is(status, 130, err)
  assert.throws(() => process.kill(Number(read(scene, 'child')), 0), /ESRCH/)
  assert.equal([existsSync(join(scene.root, quickData)), leftovers(scene)], [false, []])
})

test('LIT-10 a run leaves damaged data alone, and says what is wrong with an experiment', async (scene) => {
  write(scene, data, formatResult({ ...sample, experiment: 'toys/count' }).replace('How fast', 'How slow'))
  assert.match((await run(scene, ['toys/count', '--only', 'one'])).err, 'the data was edited by hand')
  write(scene, 'generated/toys/count.experiment.ts', 'export default { question: 5 }')
  const { status, err } = await run(scene, ['toys/count'])
  assert.is(status, 1)
  assert.match(err, 'generated/toys/count.experiment.ts: the experiment has no unit')
})

test.run()
