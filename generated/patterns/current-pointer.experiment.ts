// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { CurrentPointer } from './current-pointer.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count

function pointerIn(folder: string): CurrentPointer {
  const pointer = new CurrentPointer(`${folder}/pointer`)
  for (let i = 0; i < 2; i++) pointer.publish(() => {})
  return pointer
}
function rate(count: number, turn: (i: number) => void): number {
  const begin = performance.now()
  for (let i = 0; i < count; i++) turn(i)
  return count / (performance.now() - begin) * 1000
}

export default {
  question: 'How many times a second can the pointer be turned, and the version it names be opened?',
  unit: 'times/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'point', run: (context: Context) => {
      const pointer = pointerIn(context.folder)
      return rate(turns(context, 2000), i => pointer.point(i % 2 ? '000001' : '000002'))
    } },
    { name: 'open and close', run: (context: Context) => {
      const pointer = pointerIn(context.folder)
      return rate(turns(context, 20_000), () => pointer.open()!.close())
    } },
    { name: 'C: symlink, exchange, unlink', run: (context: Context) => Number(execFileSync(
      context.compile(new URL('./current-pointer.limit.c', import.meta.url)), [context.folder, String(turns(context, 20_000))])) },
  ],
}
