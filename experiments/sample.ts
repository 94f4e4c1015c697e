// A small made-up result that the tests share.
import type { Result } from './result.ts'
import { type Setting, settingKey } from './setting.ts'

const setting: Setting = {
  cpu: 'A Processor', cpus: 2, memoryGiB: 24, arch: 'x64', machine: '01234567', kernel: 'Linux 6.18.0', node: '20.20.2',
  filesystem: { type: 'ext4', options: 'rw,relatime' }, versions: { 'better-sqlite3': '12.11.1' },
}
const row = {
  setting: settingKey(setting), date: '2026-11-01T10:00:00.000Z', commit: '0123456789ab', dirty: false, load: 0.25,
}

export const sample: Result = {
  experiment: 'patterns/box',
  question: 'How fast does a box fill?',
  unit: 'drops/s',
  better: 'higher',
  baseline: ['by link'],
  runs: 3,
  setting,
  rows: [
    { name: 'by link', ...row, samples: [101, [99, 100], 120] },
    { name: 'by rename', target: 9000, ...row, samples: [10100, 12020, 11000] },
    { name: 'by mail & hope', targetRatio: 2, ...row, samples: [8.25, 9.5, 7.75] },
  ],
}
