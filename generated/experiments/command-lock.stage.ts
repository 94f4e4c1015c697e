// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Builds the command and gives an empty folder to play in. All users can read and run it. A warm one has been compiled by
 * V8 as well, which takes two seconds.
 */
export function commandStage({ isWarm = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'fcs-'))
  const fcs = join(home, 'dist/fcs.cjs')
  chmodSync(home, 0o755)
  mkdirSync(join(home, 'dist'))
  for (const name of ['koffi', '@koromix']) {
    const from = join(root, 'node_modules', name)
    if (existsSync(from)) cpSync(from, join(home, 'node_modules', name), { recursive: true })
  }
  execFileSync(join(root, 'tangle/command/bundle.sh'), [join(home, 'dist'), ...isWarm ? [] : ['--cold']],
    { env: { ...process.env, FCS_NODE: process.execPath } })
  writeFileSync(join(home, 'package.json'), '{ "type": "module", "version": "0.0.0" }')
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin/fcs'), `#!/bin/sh\nexec ${process.execPath} ${fcs} "$@"\n`, { mode: 0o755 })
  // play in the folder
  const folder = join(home, 'play')
  mkdirSync(folder)
  const env = { ...process.env, PATH: `${join(home, 'bin')}:${process.env['PATH']}` }
  const sh = (script: string, options: SpawnSyncOptions & { shell?: string } = {}) => {
    const { status, stdout, stderr } = spawnSync(options.shell ?? 'bash', ['-c', script],
      { cwd: folder, env, encoding: 'utf8', ...options, shell: false })
    return { status, out: String(stdout), error: String(stderr) }
  }
  /** Starts `fcs` itself, without a shell, so that a signal is for it. */
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [fcs, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, error] = ['', '']
    child.stdout.setEncoding('utf8').on('data', text => { out += text })
    child.stderr.setEncoding('utf8').on('data', text => { error += text })
    const ended = new Promise<number | string>(resolve =>
      child.on('close', (status, signal) => resolve(signal ?? status!)))
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
    }
    return { child, ended, out: () => out, error: () => error, until,
      said: (text: string) => until(() => out.includes(text)) }
  }
  return { folder, env, fcs, sh, start, clear: () => rmSync(home, { recursive: true, force: true }) }
}
