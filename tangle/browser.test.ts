import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Browser, findChromium, NoBrowser, unpackedChromium, withBrowser } from './browser.ts'

const cache = mkdtempSync(join(tmpdir(), 'browser-'))
test.after(() => rmSync(cache, { recursive: true, force: true }))

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => assert.unreachable('it resolved') as never, (error: Error) => error)
}

test('LIT-9 the packaged Chromium is unpacked into a folder that only its owner may enter, and once', async () => {
  const before = process.env['TMPDIR']
  const unpacking = unpackedChromium(cache)
  assert.is(process.env['TMPDIR'], before)
  const chromium = (await unpacking)!
  assert.is(process.env['TMPDIR'], before)
  assert.equal(readdirSync(cache), ['chromium'])
  assert.is(statSync(join(cache, 'chromium')).mode & 0o777, 0o700)
  const { mtimeMs } = statSync(chromium.path)
  assert.is(statSync((await unpackedChromium(cache))!.path).mtimeMs, mtimeMs)
})

test('LIT-9 the browser has no way to the network, and ends when its use throws', async () => {
  let asked = 0
  const server = createServer((_, response) => response.end(String(++asked))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  assert.is((await fetch(`http://localhost:${port}`)).status, 200)
  let browser: Browser | undefined
  const error = await rejection(
    withBrowser((await unpackedChromium(cache))!, async (borrowed) => {
      browser = borrowed
      const page = await borrowed.newPage()
      for (const host of ['localhost', '127.0.0.1']) {
        const answer = await page.evaluate(`fetch('http://${host}:${port}', { mode: 'no-cors' }).then(() => 'in', () => 'no way')`)
        assert.is(answer, 'no way', host)
      }
      throw new Error('used up')
    }),
  )
  server.close()
  assert.is(error.message, 'used up')
  assert.is(asked, 1)
  const child = browser!.process()!
  assert.ok(child.exitCode !== null || child.signalCode !== null, 'the process has ended')
})

test('LIT-9 a browser that is not there or does not start is told by its path', async () => {
  process.env['CHROME'] = '/nonexistent/chrome'
  const missing = await rejection(findChromium(cache))
  delete process.env['CHROME']
  assert.instance(missing, NoBrowser)
  assert.match(missing.message, 'CHROME names /nonexistent/chrome')
  const broken = await rejection(withBrowser({ path: '/bin/false', env: {} }, async () => {}))
  assert.instance(broken, NoBrowser)
  assert.match(broken.message, '/bin/false does not start')
})

test.run()
