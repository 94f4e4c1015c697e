// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PollingBackend, watchBackend, type WatchBackend } from 'filesystem-communication-space/platforms'
import { Backends } from './solution.ts'

let [made, backends]: [string[], Backends] = [[], null as never]
const makes = (name: string, make: () => WatchBackend) => () => {
  made.push(name)
  return make()
}
test.before.each(() => {
  made = []
  backends = new Backends(makes('own', watchBackend), makes('polling', () => new PollingBackend()))
})

test("a folder that tells is given to this system's backend", () => {
  assert.is(backends.for(tmpdir()).name, watchBackend().name)
})

test('a folder that does not tell is polled', () => {
  assert.is(backends.for('/proc').name, 'polling')
})

test('all folders of a kind share one backend', () => {
  assert.is(backends.for(tmpdir()), backends.for('/'))
  assert.is(backends.for('/proc'), backends.for('/proc/self'))
  assert.equal([...made].sort(), ['own', 'polling'])
})

test('no backend is made before a folder needs it', () => {
  assert.equal(made, [])
  backends.for(tmpdir())
  assert.equal(made, ['own'])
})

test.run()
