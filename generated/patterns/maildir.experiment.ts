// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import { Maildir } from './maildir.ts'

const letter = `Subject: hello\n\n${'a line of some forty letters, and its end\n'.repeat(50)}`

function ours(durability: 'os' | 'disk and folder', count: number): Row['run'] {
  return ({ folder, quick }: Context) => {
    const box = new Maildir(`${folder}/box`)
    const letters = quick ? count / 10 : count
    const start = performance.now()
    for (let i = 0; i < letters; i++) box.deliver(letter, { durability })
    return letters / (performance.now() - start) * 1000
  }
}

const PYTHON = `
import mailbox, sys, time
box = mailbox.Maildir(sys.argv[1])
count = int(sys.argv[2])
letter = sys.stdin.read()
start = time.perf_counter()
for i in range(count): box.add(letter)
print(count / (time.perf_counter() - start))`

const experiment: Experiment = {
  question: 'How many letters of two kilobytes are delivered in a second?',
  unit: 'letters/s',
  better: 'higher',
  runs: 5,
  debian: ['python3'],
  baseline: "Python's mailbox.Maildir, syncs the bytes",
  rows: [
    { name: "Python's mailbox.Maildir, syncs the bytes", run: ({ folder, quick }) =>
      Number(execFileSync('python3', ['-c', PYTHON, `${folder}/box`, quick ? '50' : '500'], { input: letter })) },
    { name: "Maildir, 'disk and folder'", run: ours('disk and folder', 500) },
    { name: "Maildir, 'os'", run: ours('os', 5000) },
  ],
}
export default experiment
