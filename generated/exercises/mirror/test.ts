// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Watcher, type WatcherOptions } from 'filesystem-communication-space/files'
import { Mirror } from './solution.ts'

async function scene(options: WatcherOptions, act: (root: string, mirror: Mirror) => Promise<void>) {
  const root = mkdtempSync(`${tmpdir()}/mirror-`)
  mkdirSync(`${root}/a/b`, { recursive: true })
  writeFileSync(`${root}/a/b/c`, '')
  const watcher = new Watcher(root, { initial: true, ...options })
  await watcher.ready
  const mirror = new Mirror(watcher)
  mirror.update()
  await act(root, mirror)
  await watcher.sync()
  mirror.update()
  assert.equal([...mirror.paths].sort(), [...watcher.paths()].map(each => String(each.path)).sort())
  watcher.close()
  rmSync(root, { recursive: true })
}

test('it begins with what is there', () => scene({}, async (root, mirror) => {
  assert.equal([...mirror.paths].sort(), ['/a', '/a/b', '/a/b/c'].map(each => root + each))
}))

test('it follows creations, deletions and renames of folders', () => scene({}, async root => {
  renameSync(`${root}/a`, `${root}/z`)
  writeFileSync(`${root}/z/b/d`, '')
  rmSync(`${root}/z/b/c`)
}))

test('it is right after its queue was given up', () => scene({ queueLimit: 10 }, async root => {
  for (let i = 0; i < 30; i++) writeFileSync(`${root}/a/${i}`, '')
  rmSync(`${root}/a/b`, { recursive: true })
}))

test.run()
