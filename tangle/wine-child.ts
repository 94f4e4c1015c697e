// Stands where test-child.ts stands, and lets it run under Wine. Windows' Node does not get our descriptor 3, and under Wine it dies
// when its output is a pipe: so both are files, which this process reads while they grow and passes on.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'

const channel = 3
const windows = (path: string) => `F:\\${path.split(sep).join('\\')}`

function readOrder(): { file: string } | undefined {
  const chunks: Buffer[] = []
  const buffer = Buffer.alloc(65_536)
  for (;;) {
    const length = readSync(channel, buffer)
    if (length === 0) return undefined
    chunks.push(Buffer.from(buffer.subarray(0, length)))
    if (buffer[length - 1] === 10) return JSON.parse(Buffer.concat(chunks).toString()) as { file: string }
  }
}

const order = readOrder()
if (!order) process.exit(1)
const [folder, ...command] = process.argv.slice(2)
const place = mkdtempSync(join(tmpdir(), 'wine-'))
const files = ['said', 'printed'].map((name) => {
  const path = join(place, name)
  return { path, written: openSync(path, 'a'), read: openSync(path, 'r') }
})
const [said, printed] = files as [(typeof files)[0], (typeof files)[0]]
const told = JSON.stringify({ ...order, file: windows(relative(process.cwd(), order.file)) })
const inside = {
  LOOM_ORDER: told,
  LOOM_CHANNEL: `Z:${said.path.split('/').join('\\')}`,
}
const child = spawn(command[0]!, command.slice(1), {
  cwd: folder!,
  env: { ...process.env, ...inside },
  stdio: ['ignore', printed.written, printed.written],
})
const timer = setInterval(pass, 20)
child.on('exit', (code, signal) => {
  clearInterval(timer)
  pass()
  for (const { written, read } of files) {
    closeSync(written)
    closeSync(read)
  }
  rmSync(place, { recursive: true, force: true })
  process.exit(signal ? 1 : code!)
})

/** Passes on what has come since the last time. */
function pass(): void {
  const buffer = Buffer.alloc(65_536)
  for (const [from, to] of [[printed.read, 1], [said.read, channel]] as const) {
    for (let length; (length = readSync(from, buffer)) > 0; ) {
      for (let done = 0; done < length; ) done += writeSync(to, buffer, done, length - done)
    }
  }
}
