// `loom test --on ext4,xfs`: the same tests with TMPDIR on one filesystem after the other, and their sum.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const filesystems = ['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlayfs']
const script = join(dirname(fileURLToPath(import.meta.url)), 'on-filesystem.sh')

/** The names in `--on`, of which `all` stands for every one; throws on a name that is none. */
export function chosen(on: string): string[] {
  const names = on.split(',').flatMap((name) => (name === 'all' ? filesystems : [name]))
  const unknown = names.find((name) => !filesystems.includes(name))
  if (unknown !== undefined) throw new Error(`--on knows no filesystem '${unknown}'; there are ${filesystems.join(', ')}, all`)
  return [...new Set(names)]
}

/**
 * Runs this same command without `--on`, with `args`, on each of the filesystems in turn. Resolves to 0 if all passed everywhere,
 * else 1. The last line that is said has the sums.
 */
export async function testOn(names: string[], args: string[], say: (line: string) => void): Promise<number> {
  const rows: { name: string; passed: number; failed: number }[] = []
  for (const name of names) {
    say(`on ${name}:`)
    rows.push({ name, ...(await runOn(name, args, (line) => say(`  ${line}`))) })
  }
  for (const { name, passed, failed } of rows) say(`on ${name.padEnd(9)} ${String(passed).padStart(5)} passed ${String(failed).padStart(5)} failed`)
  const sum = (key: 'passed' | 'failed') => rows.reduce((total, row) => total + row[key], 0)
  say(`${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
}

/** One filesystem. A run that ends without a count, or badly with none failed, counts as one failure. */
function runOn(name: string, args: string[], say: (line: string) => void): Promise<{ passed: number; failed: number }> {
  const command = [script, name, process.execPath, ...process.execArgv, process.argv[1]!, 'test', ...args]
  const child = spawn('bash', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  let counts: RegExpExecArray | null = null
  createInterface(child.stdout).on('line', (line) => {
    const found = /^(\d+) passed, (\d+) failed/.exec(line)
    if (found) counts = found
    else if (!/^(slowest:|\s+[\d.]+ m?s\b)/.test(line)) say(line)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      const [passed, failed] = (counts ?? [0, 0, 0]).slice(1).map(Number) as [number, number]
      if (status !== 0 && failed === 0) say(`ended with status ${status}${counts ? '' : ' and without a count'}`)
      resolve({ passed, failed: failed + (status !== 0 && failed === 0 ? 1 : 0) })
    })
  })
}
