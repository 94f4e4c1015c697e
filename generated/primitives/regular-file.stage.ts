// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A process on the stage. `ended` resolves to all that it said, by `say`. */
export interface Player { child: ChildProcess, ended: Promise<string> }

export interface Cast {
  /** Where the exports of `m` come from: paths from this folder, without `.ts`. */
  modules: string[]
  /** Constants of the scripts. */
  set?: Record<string, unknown>
  /** What they inherit as descriptor 3. */
  fd?: number
}

/** Starts a process for each script. Its number is `i` there. Resolves when all have begun. */
export async function together(scripts: string[], { modules, set = {}, fd }: Cast): Promise<Player[]> {
  const imports = modules.map(each => `...await import('${new URL(`./${each}.ts`, import.meta.url)}')`)
  const players = scripts.map((script, i) => {
    const text = `import * as fs from 'node:fs'
      const m = { ${imports.join(', ')} }
      const i = ${i}
      function say(text) {
        for (let rest = Buffer.from(String(text)); rest.length > 0;) {
          try { rest = rest.subarray(fs.writeSync(1, rest)) } catch (error) { if (error.code !== 'EAGAIN') throw error }
        }
      }
      const { ${Object.keys(set).join(', ')} } = ${JSON.stringify(set)}
      say('ready\\n')
      fs.readFileSync(0)
      ${script}`
    const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', text],
      { stdio: ['pipe', 'pipe', 'inherit', fd ?? 'ignore'] })
    let said = ''
    child.stdout!.on('data', data => { said += data })
    return { child, ended: once(child, 'close').then(() => said.replace(/^ready\n/, '')) }
  })
  await Promise.all(players.map(({ child }) => once(child.stdout!, 'data')))
  await Promise.all(players.map(({ child }) => new Promise<void>(resolve => child.stdin!.end(() => resolve()))))
  return players
}
