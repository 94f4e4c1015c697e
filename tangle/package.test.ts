// The package as its users get it: packed, installed in another project, imported by plain Node.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Script } from 'node:vm'

const root = fileURLToPath(new URL('..', import.meta.url))
const { exports, bin, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const test = suite('package')
let folder = ''

// npm asks the registry, and a company's network may answer with certificates of its own; make says where they are
const { LOOM_EXTRA_CA_CERTS: certificates } = process.env
const env = { ...process.env, ...(certificates && { NODE_EXTRA_CA_CERTS: certificates }) }
const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'))
  // dist is there already: `make test` made it. The pack script would only ask make again.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'ignore' })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}')
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', resolve(folder, archive))
})

test.after(() => rmSync(folder, { recursive: true, force: true }))

test('every public door of the installed package imports, without tsx', () => {
  const doors = Object.keys(exports).filter((door) => !door.endsWith('.json')).map((door) => door.replace('.', 'filesystem-communication-space'))
  assert.ok(doors.length > 0)
  const program = doors.map((door) => `console.log(Object.keys(await import('${door}')).length)`).join('\n')
  const counts = run(process.execPath, '--input-type=module', '-e', program).trim().split('\n')
  assert.is(counts.length, doors.length)
  for (const count of counts) assert.ok(Number(count) > 0)
})

test('its only dependency is koffi, and nothing else was installed', () => {
  assert.equal(Object.keys(dependencies), ['koffi'])
  const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
  assert.equal(installed.filter((name) => !name.startsWith('@')).sort(), ['filesystem-communication-space', 'koffi'])
})

test('its types are those of the chapters', () => {
  writeFileSync(join(folder, 'use.ts'), "import { SystemError } from 'filesystem-communication-space/foundations'\nexport const code: string = new SystemError('ENOENT', 'open').code\nexport const wrong: number = new SystemError('ENOENT', 'open').code\n")
  const options = ['--noEmit', '--module', 'nodenext', '--strict', '--skipLibCheck', '--types', '', '--pretty', 'false', 'use.ts']
  try {
    run(process.execPath, join(root, 'node_modules/typescript7/bin/tsc'), ...options)
    assert.unreachable('the third line is wrong')
  } catch (error) {
    const lines = String((error as { stdout?: string }).stdout).trim().split('\n')
    assert.is(lines.length, 1, lines.join('\n'))
    assert.match(lines[0]!, /^use\.ts\(3,14\): error TS2322/)
  }
})

test('its command calls the kernel, and V8 takes what was compiled when it was bundled', () => {
  const fcs = join('node_modules', '.bin', 'fcs')
  const name = run(fcs, 'queue', 'put', 'queue', 'text').trim()
  assert.equal(JSON.parse(run(fcs, 'queue', 'take', 'queue', '--json')).name, name)
  const noun = join(folder, 'node_modules/filesystem-communication-space/dist/experiments/command-queue.cjs')
  const [source, cachedData] = [readFileSync(noun, 'latin1'), readFileSync(`${noun}.cache`)]
  assert.is(new Script(source, { filename: noun, cachedData }).cachedDataRejected, false)
})

test('its commands run', () => {
  for (const name of Object.keys(bin)) assert.match(run(join('node_modules', '.bin', name), '--help'), new RegExp(`^usage: ${name}\\b`))
  assert.is(run(join('node_modules', '.bin', 'fcs'), 'lock', 'lock', '--', 'echo', 'locked'), 'locked\n')
})

test.run()
