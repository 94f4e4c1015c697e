// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
// Runs on Linux only: it plays the other systems.
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** What a process prints that takes `system` for its own. */
function on(system: string, expression: string): string {
  // Koffi and the door to Windows look for libraries of the system when they are loaded: the true one.
  const source = `import 'koffi'
    ${system === 'win32' ? `import '${new URL('./win32.ts', import.meta.url)}'` : ''}
    Object.defineProperty(process, 'platform', { value: '${system}' })
    const { platform } = await import('${new URL('./here.ts', import.meta.url)}')
    console.log(${expression})`
  const args = [...process.execArgv, '--input-type=module', '--eval', source]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 })
  return child.stdout.trim() || child.stderr
}

test('FILES-24 the platform is chosen by the system and is the same for all', () => {
  const again = `(await import('${new URL('./here.ts', import.meta.url)}')).platform === platform`
  assert.is(on('linux', `platform.name, ${again}`), 'linux true')
})

test('a system without a platform is told at the first call, and not at the import', () => {
  const tried = `(() => { try { platform.stat('/') } catch (error) { return error.message } })()`
  assert.match(on('darwin', tried), /^this package calls the Linux kernel .* and this is darwin/)
})

test('FILES-24 what is loaded for the other system refuses every call', () => {
  const tried = `(() => { try { platform.stat('/') } catch (error) { return error.message } })()`
  assert.match(on('win32', `platform.name, ${tried}`), /^windows this is \w+, and not Windows/)
})

test.run()
