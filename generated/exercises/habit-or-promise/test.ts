// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TRAITS } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const all = [...TRAITS.values()].map(({ traits }) => traits)

test('you know what a program may trust', () => {
  assert.equal(answers, {
    firstOfTheListIsOldest: all.every(({ listing }) => listing === 'as created'),
    linkFailsIfTheNameIsTaken: true,
    linksMinusTwoIsTheFolders: all.every(({ countsFolders }) => countsFolders),
    appendsDoNotOverlap: true,
  })
})

test.run()
