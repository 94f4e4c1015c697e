// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Count } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-wrote-`)
const count = new Count(folder)
test.after(() => count.close())

/** Lets a shell write these names, and resolves to its number when it is over and, first, asks for the count. */
async function writes(...names: string[]): Promise<number> {
  const script = names.map(name => `echo x > ${name}`).join('; ')
  const shell = spawn('sh', ['-c', `${script}; echo done; read line`], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] })
  await new Promise(resolve => shell.stdout.once('data', resolve))
  count.get()
  shell.stdin.end()
  await new Promise(resolve => shell.once('close', resolve))
  return shell.pid!
}

test('two processes are told apart', async () => {
  const [ann, bob] = [await writes('a', 'b', 'c'), await writes('c')]
  assert.equal([count.get().get(ann), count.get().get(bob)], [3, 1])
})

test('a name that is written three times counts once', async () => {
  const ann = await writes('a', 'b', 'a', 'c', 'a')
  assert.is(count.get().get(ann), 3)
})

test('no descriptor is left open', async () => {
  const before = readdirSync('/proc/self/fd').length
  for (let i = 0; i < 10; i++) await writes('x')
  assert.ok(readdirSync('/proc/self/fd').length < before + 5)
})

test.run()
