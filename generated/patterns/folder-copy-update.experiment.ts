// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { atomicWrite } from './atomic-write.ts'
import { openFolder, updateFolder } from './folder-copy-update.ts'

interface Context { folder: string, quick: boolean }
const text = 'x'.repeat(1024)
const nameOf = (i: number) => `${i % 10}/${i}`

function museum({ folder }: Context): string {
  const path = `${folder}/museum`
  updateFolder(path, copy => { for (let i = 0; i < 1000; i++) copy.write(nameOf(i), text) })
  return path
}
function rate({ quick }: Context, count: number, turn: (i: number) => void): number {
  const turns = quick ? Math.ceil(count / 10) : count
  const begin = performance.now()
  for (let i = 0; i < turns; i++) turn(i)
  return turns / (performance.now() - begin) * 1000
}
const updates = (unchanged: 'link' | 'copy', count: number) => (context: Context) => {
  const path = museum(context)
  return rate(context, count, i => updateFolder(path, copy => copy.write(nameOf(i), text), { unchanged }))
}
const byHand = `
  cp -al "$1" "$2" && printf %s "$4" > "$2/next" && mv "$2/next" "$2/$3" &&
  ln -s "$2" link && mv -T link current && rm -r "$1"`

export default {
  question: 'How many times a second can a folder of 1,000 files be updated, one file changing, and be read?',
  unit: 'times/s',
  better: 'higher',
  runs: 4,
  rows: [
    { name: 'update, hard links', run: updates('link', 5) },
    { name: 'update, copies', run: updates('copy', 3) },
    { name: 'cp -al, mv -T, rm', run: (context: Context) => {
      const cwd = museum(context)
      execFileSync('cp', ['-a', `${openFolder(cwd)!.path}`, `${cwd}/v0`])
      return rate(context, 5, i =>
        execFileSync('sh', ['-c', byHand, 'sh', `v${i}`, `v${i + 1}`, nameOf(i), text], { cwd }))
    } },
    { name: 'one file, in place', run: (context: Context) => {
      const { path } = openFolder(museum(context))!
      return rate(context, 500, i => atomicWrite(`${path}/${nameOf(i)}`, text, { durability: 'os' }))
    } },
    { name: 'open, read one, close', run: (context: Context) => {
      const path = museum(context)
      return rate(context, 2000, i => {
        const view = openFolder(path)!
        view.read(nameOf(i % 1000))
        view.close()
      })
    } },
  ],
}
