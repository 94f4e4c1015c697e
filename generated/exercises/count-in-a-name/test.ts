// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR, tap } from 'filesystem-communication-space/foundations'
import { printed } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/count-in-a-name-`)
const foundations = import.meta.resolve('filesystem-communication-space/foundations')

test('numbers given to one process begin at 1 and have no gap', () => {
  const file = open(`${folder}/one`, O_RDWR | O_CREAT)
  const numbers: number[] = []
  let isInside = false
  const stop = tap((syscall, _args, proceed) => {   // somebody else prints before our first change
    if (syscall === 'fsetxattr' && !isInside) {
      isInside = true
      numbers.push(printed(file))
    }
    return proceed()
  })
  const mine = [1, 2, 3].map(() => printed(file))
  stop()
  assert.equal([...numbers, ...mine], [1, 2, 3, 4])
})

test('of three processes, no two get the same number', async () => {
  open(`${folder}/three`, O_RDWR | O_CREAT).close()
  const script = `
    import { open, O_RDWR, tap } from '${foundations}'
    import { printed } from '${new URL('./solution.ts', import.meta.url)}'
    const [file, clock] = [open('${folder}/three', O_RDWR), new Int32Array(new SharedArrayBuffer(4))]
    tap((syscall, _args, proceed) => {   // each change comes late, so that the others are in time
      if (syscall === 'fsetxattr') Atomics.wait(clock, 0, 0, 3)
      return proceed()
    })
    process.stdin.once('data', () => {
      console.log(JSON.stringify(Array.from({ length: 10 }, () => printed(file))))
      process.exit()
    })
    console.log('ready')`
  const printers = [1, 2, 3].map(() => spawn(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] }))
  await Promise.all(printers.map(({ stdout }) => once(stdout!, 'data')))
  const given = printers.map(({ stdout }) => once(stdout!, 'data'))
  for (const { stdin } of printers) stdin!.write('go')
  const numbers = (await Promise.all(given)).flatMap(([text]) => JSON.parse(String(text)) as number[])
  assert.equal(numbers.sort((a, b) => a - b), Array.from({ length: 30 }, (_, i) => i + 1))
})

test('a file that was printed 40 times has room for more on every filesystem', () => {
  const file = open(`${folder}/forty`, O_RDWR | O_CREAT)
  for (let i = 1; i <= 40; i++) assert.is(printed(file), i)
})

test.run()
