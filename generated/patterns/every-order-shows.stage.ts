// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explore, replay } from './interleaving.ts'

const scenes = new URL('./every-order.stage.ts', import.meta.url)
const { FCS_PREEMPTIONS, FCS_DEATHS = '1' } = process.env

/** Tests that the pattern keeps its promises with so many processes, deaths and interruptions. */
export function shows(name: string, size: number, deaths: number, preemptions: number): void {
  const options = FCS_PREEMPTIONS === undefined ? { deaths, preemptions } :
    { deaths: Number(FCS_DEATHS), preemptions: Number(FCS_PREEMPTIONS) }
  const orders = preemptions === Infinity ? 'in every order' : `${preemptions} interrupted at every step`
  test(`BOOK-4 ${name}: ${size} processes, ${deaths} killed at every step, ${orders}, and its promises are kept`, async () => {
    const begin = performance.now()
    const progress = FCS_PREEMPTIONS === undefined ? undefined : tell
    const { failure, runs, states } = await explore(scenes, `${name}${size}`, { ...options, progress })
    assert.is(failure, null, `${failure?.schedule}\n${failure?.trace}\n${String(failure?.error)}`)
    assert.ok(states > 40)
    if (FCS_PREEMPTIONS === undefined) return
    console.log(`${name}${size}`, options, { runs, states, seconds: Math.round((performance.now() - begin) / 1000) })
  })
}

let toldAt = 0
function tell(soFar: { runs: number, states: number, waiting: number }): void {
  if (performance.now() - toldAt < 10_000) return
  toldAt = performance.now()
  console.error(soFar)
}

export function catches(name: string, ...sizes: number[]): void {
  for (const size of sizes) {
    test(`BOOK-4 the wrong ${name} is caught with ${size} processes, and again when it is replayed`, async () => {
      const { failure } = await explore(scenes, `${name}Wrong${size}`, { deaths: size === 2 ? 1 : 0 })
      assert.ok(failure !== null, 'the explorer is blind')
      const again = await replay(scenes, `${name}Wrong${size}`, failure.schedule)
      assert.is(String(again.failure?.error), String(failure.error))
    })
  }
}
