// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const door = import.meta.resolve('filesystem-communication-space/platforms')
const say = (system: string) => `Object.defineProperty(process, 'platform', { value: '${system}' })`
function printed(script: string): string {
  // Koffi looks for the true system's libraries when it is loaded.
  const args = [...process.execArgv, '--input-type=module', '--eval', `import 'koffi'\n${script}`]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return stdout.trim() || stderr
}

test("you know what platform.name is when the program says 'darwin' before the import", () => {
  assert.is(answers.darwinBefore, printed(`${say('darwin')}
    console.log((await import('${door}')).platform.name)`))
})

test("you know what it is when the program says 'win32' after the import", () => {
  assert.is(answers.win32After, printed(`await import('${door}')
    ${say('win32')}
    console.log((await import('${door}')).platform.name)`))
})

test("you know whether two imports of the package's door give one object", () => {
  assert.is(String(answers.isOneObject), printed(`const one = await import('${door}')
    const other = await import('${door}')
    console.log(one.platform === other.platform)`))
})

test('you know whether the wrong platform is told at the import or at the first call', () => {
  assert.is(answers.toldAt, printed(`${say('darwin')}
    const { platform } = await import('${door}').catch(() => ({}))
    if (platform === undefined) console.log('import')
    else try { platform.stat('/'); console.log('never') } catch { console.log('call') }`))
})

test.run()
