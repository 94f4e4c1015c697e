// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { atomicWrite } from './atomic-write.ts'
import { mergePatch, mergeUpdate } from './merge-update.ts'
import { readModifyWrite } from './read-modify-write.ts'

interface Context { folder: string, quick: boolean }
const quickly = { durability: 'os' } as const
const merged = (text: string | null, key: string) => JSON.stringify(mergePatch(JSON.parse(text ?? '{}'), { [key]: 1 }))

const ways: Record<string, (path: string, key: string, memory: Record<string, number>) => unknown> = {
  'save all that is in memory': (path, key, memory) => {
    memory[key] = 1
    atomicWrite(path, JSON.stringify(memory), quickly)
  },
  'mergeUpdate': (path, key) => mergeUpdate(path, text => merged(text, key), quickly),
  'readModifyWrite, with its lock': (path, key) =>
    readModifyWrite(path, content => merged(content?.toString() ?? null, key), quickly),
}

/** The work of one process. */
async function work(way: string, path: string, who: string, count: number): Promise<void> {
  const memory = JSON.parse(readFileSync(path, 'utf8'))
  for (let i = 0; i < count; i++) {
    await ways[way]!(path, `${who}${i}`, memory)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

const [, program, way, path, who, count] = process.argv
if (program === fileURLToPath(import.meta.url)) await work(way!, path!, who!, Number(count))

async function kept(way: string, { folder, quick }: Context): Promise<number> {
  const [path, count] = [`${folder}/settings.json`, quick ? 20 : 200]
  writeFileSync(path, '{}')
  await Promise.all(['ann', 'bob'].map(who => new Promise<void>((resolve, reject) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), way, path, who, String(count)]
    spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
      .on('close', status => status === 0 ? resolve() : reject(new Error(`${way}: ${status}`)))
  })))
  return Object.keys(JSON.parse(readFileSync(path, 'utf8'))).length / (2 * count) * 100
}

export default {
  question: 'How many of the updates of two busy processes are in the file at the end?',
  unit: '% of updates',
  better: 'higher',
  baseline: 'save all that is in memory',
  rows: Object.keys(ways).map(way => ({ name: way, run: (context: Context) => kept(way, context) })),
}
