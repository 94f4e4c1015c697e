// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { takeTicket } from './solution.ts'

let folder = ''
test.before.each(() => { folder = fs.mkdtempSync(`${tmpdir()}/ticket-machine-`) })
const take = (times: number) => Array.from({ length: times }, () => takeTicket(folder))

test('the numbers begin with 1 and have no gap', () => {
  assert.equal(take(12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  for (let number = 1; number <= 12; number++) {
    assert.ok(fs.existsSync(`${folder}/${number}`), `the name ${number} is there`)
  }
})

test('other names in the folder are no tickets', () => {
  for (const name of ['README', '.hidden', 'x1']) fs.writeFileSync(`${folder}/${name}`, '')
  assert.equal(take(2), [1, 2])
})

test('a number that another takes at the last moment is not given twice', () => {
  take(3)
  const theirs = new Set<number>()
  const stop = tap((_syscall, args, proceed) => {
    const name = /\/(\d+)(,|$)/.exec(args.join(','))
    if (name && theirs.size < 2 && !fs.existsSync(`${folder}/${name[1]}`)) {
      theirs.add(Number(name[1]))
      fs.writeFileSync(`${folder}/${name[1]}`, 'theirs')
    }
    return proceed()
  })
  const ours = takeTicket(folder)
  stop()
  assert.ok(theirs.size > 0, 'the ticket is a name in the folder, created through the door')
  assert.not.ok(theirs.has(ours), `${ours} was given to two`)
})

test.run()
