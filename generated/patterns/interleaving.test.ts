// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explore, replay } from './interleaving.ts'

const scenes = new URL('./interleaving-small.stage.ts', import.meta.url)
/** How it ended, without the places of the deaths: these may be told later than they happened. */
const plain = (endings: string[]) =>
  [...new Set(endings.map(ending => ending.replace(/(ann|bob) dies, /g, '')))].sort()

test('BOOK-4 every order of two times three steps is played, each once', async () => {
  const { runs, schedules, endings } = await explore(scenes, 'speakers', { deaths: 0, reduce: false })
  assert.equal([runs, schedules, endings.length], [20, 20n, 20])
  const bounded = await explore(scenes, 'speakers', { deaths: 0, preemptions: 0 })
  assert.is(bounded.endings.length, 2)
})

test('BOOK-4 a process is killed before every call, and before its return', async () => {
  const { endings } = await explore(scenes, 'builder')
  assert.equal(endings, ['ann dies, ann killed ', 'ann returned '])
  const { runs, states } = await explore(scenes, 'builder', { reduce: false })
  assert.equal([runs, states > 5], [5, true])
})

test('BOOK-4 what is left out loses no ending', async () => {
  const small = [
    ['speakers', 1], ['meeting', 1], ['meeting', 2], ['patient', 0], ['guards', 1],
  ] as const
  for (const [name, deaths] of small) {
    const all = await explore(scenes, name, { deaths, reduce: false })
    const some = await explore(scenes, name, { deaths })
    assert.equal([all.failure, some.failure], [null, null])
    assert.equal(plain(some.endings), plain(all.endings), name)
    assert.ok(some.runs <= all.runs)
  }
})


for (let number = 0; number < 16; number++) {
  test(`BOOK-4 what is left out loses no ending of scene ${number} that chance has written`, async () => {
    const chance = new URL('./interleaving-chance.stage.ts', import.meta.url)
    const all = await explore(chance, `c${number}`, { reduce: false })
    const some = await explore(chance, `c${number}`)
    assert.equal([all.failure, some.failure], [null, null])
    assert.equal(plain(some.endings), plain(all.endings))
  })
}

test('BOOK-4 all have arrived, one after the other, before anybody takes a step', async () => {
  for (const reduce of [true, false]) {
    const { endings, failure } = await explore(scenes, 'arrivals', { reduce, deaths: 0 })
    assert.is(failure, null)
    assert.equal(new Set(endings.flatMap(each => each.match(/\w+ is \d of \d/g))), new Set(['ann is 1 of 2', 'bob is 2 of 2']))
  }
})

test('BOOK-4 a fault that only a death in the one wrong place shows is found, reduced or not', async () => {
  for (const reduce of [true, false]) {
    const { failure } = await explore(scenes, 'trusting', { reduce })
    assert.match(String(failure!.error), 'half done')
    assert.match(failure!.trace, /is killed before rename/)
    assert.is((await explore(scenes, 'trusting', { reduce, deaths: 0, preemptions: 2 })).failure, null)
  }
})

test('BOOK-4 a failing order is told, and fails again when it is replayed', async () => {
  const { failure } = await explore(scenes, 'adders', { deaths: 0 })
  assert.match(String(failure!.error), 'one number for two')
  assert.match(failure!.trace, /ann {2}open\('count', .*\) = #1, file 1\n/)
  assert.is(failure!.schedule.match(/ann|bob/g)!.length, 3, 'one interruption suffices')
  const again = await replay(scenes, 'adders', failure!.schedule)
  assert.is(String(again.failure!.error), String(failure!.error))
  assert.is(again.trace.split('\n').length, failure!.trace.split('\n').length)
})

test('BOOK-4 processes that wait for each other for ever are found', async () => {
  const { failure } = await explore(scenes, 'crossed')
  assert.match(String(failure!.error), /nobody can go on: ann waits at fcntl.*bob waits at fcntl/)
  assert.is((await explore(scenes, 'inOrder')).failure, null)
  const endless = await explore(scenes, 'endless')
  assert.match(String(endless.failure!.error), /no end after 1000 steps/)
})

test('BOOK-4 what was answered once is not asked again', async () => {
  const { runs, states, schedules } = await explore(scenes, 'glances')
  assert.equal([runs <= 9, states > 64, schedules > 1n], [true, true, true], `${runs} runs, ${states} states`)
})

test('BOOK-4 what one has seen who only has to return is of no account', async () => {
  const { states } = await explore(scenes, 'forgetful', { deaths: 0 })
  assert.ok(states < 32, `${states} states`)
})

test('BOOK-4 the folder is the same in each run, and a number that was seen is nobody else’s', async () => {
  const { endings } = await explore(scenes, 'sealed', { deaths: 0 })
  assert.is(new Set(endings.flatMap(ending => ending.match(/[0-9a-f]{16}/g)!)).size, 1)
  assert.match((await explore(scenes, 'numbered', { deaths: 0 })).endings.join(), /another/)
})

test('BOOK-4 a folder may list what stood there when it was opened, or what stands there when it is read', async () => {
  const { endings, failure } = await explore(scenes, 'listers', { deaths: 0 })
  assert.equal([failure, endings.length], [null, 2 * 4 * 4], endings.join('\n'))
})

test('BOOK-4 a scene that goes another way the second time is refused', async () => {
  const refusal = await explore(scenes, 'counting').then(() => 'none', String)
  assert.match(refusal, /'ann' did not come to the same again by the same steps: /)
})

test('BOOK-4 one who computes for ever is given up, and others play the next scene', async () => {
  const { failure } = await explore(scenes, 'busy', { patienceMs: 200 })
  assert.match(String(failure!.error), /(ann|bob): no call and no end for 200 ms/)
  assert.is((await explore(scenes, 'speakers', { deaths: 0 })).schedules, 20n)
})

test('what is no scene and no schedule is refused', async () => {
  const code = (promise: Promise<unknown>) => promise.then(() => 'fine', (error: Error) => error.message)
  assert.match(await code(explore(scenes, 'unprepared')), /could not be prepared: Error: no flour/)
  assert.match(await code(explore(scenes, 'nobody')), /exports no scene 'nobody'/)
  const { failure } = await replay(scenes, 'adders', 'ann 2, carol 1')
  assert.match(String(failure?.error), /'carol 1' is no part of a schedule/)
})

test.run()
