// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { BackendEvent, WatchBackend } from './watch-backend.ts'

/** The promises of the interface as tests: `test` is uvu's, `create` makes a new backend. */
export function suite(
  test: (name: string, run: () => Promise<void>) => void, id: string, create: () => WatchBackend,
): void {
  // make a scene for each test
  const scene = (sentence: string, play: (folder: string, backend: WatchBackend,
    settle: () => Promise<BackendEvent[]>) => Promise<void>) => {
    test(`${id} ${sentence}`, async () => {
      const folder = mkdtempSync(`${tmpdir()}/watch-backend-`)
      const backend = create()
      let taken: BackendEvent[] = []
      const listening = backend.listen(() => { taken.push(...backend.take()) })
      try {
        await play(folder, backend, async () => {
          await backend.sync()
          const events = taken
          taken = []
          return events
        })
      } finally {
        listening.close()
        backend.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
  const brief = (events: BackendEvent[], ...kinds: string[]) => events
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ watch, kind, name }) => `${watch} ${kind} ${String(name)}`)
  // test that names are told
  scene('a name that is created and deleted is told with the folder\'s number', async (
    folder, backend, settle,
  ) => {
    const watch = backend.add(folder)
    writeFileSync(`${folder}/file`, 'text')
    mkdirSync(`${folder}/sub`)
    const created = await settle()
    assert.equal(brief(created, 'created').sort(), [`${watch} created file`, `${watch} created sub`])
    for (const { name, kind, isFolder } of created) {
      if (kind === 'created' && isFolder !== null) assert.is(isFolder, name === 'sub')
    }
    writeFileSync(`${folder}/file`, 'other text')
    const changes = brief(await settle(), 'changed', 'written')
    assert.ok(changes.length > 0 && changes.every(line => line.endsWith(' file')), changes.join())
    unlinkSync(`${folder}/file`)
    assert.equal(brief(await settle(), 'deleted'), [`${watch} deleted file`])
  })

  scene('a rename is two halves with one cookie, or a deletion and a creation', async (
    folder, backend, settle,
  ) => {
    backend.add(folder)
    writeFileSync(`${folder}/old`, 'text')
    await settle()
    renameSync(`${folder}/old`, `${folder}/new`)
    const events = await settle()
    const from = events.find(({ kind }) => kind === 'moved from')
    const to = events.find(({ kind }) => kind === 'moved to')
    if (from === undefined || to === undefined) {
      assert.equal(events.filter(({ kind }) => kind === 'deleted').map(({ name }) => name), ['old'])
      assert.equal(events.filter(({ kind }) => kind === 'created').map(({ name }) => name), ['new'])
    } else {
      assert.equal([from.name, to.name, from.cookie], ['old', 'new', to.cookie])
      assert.is.not(from.cookie, 0)
    }
  })
  // test the ends
  scene('one folder has one number', async (folder, backend) => {
    mkdirSync(`${folder}/sub`)
    assert.is(backend.add(folder), backend.add(`${folder}/sub/..`))
  })

  scene('a removed watch is silent, and a folder that is gone says so', async (
    folder, backend, settle,
  ) => {
    for (const name of ['a', 'b']) mkdirSync(`${folder}/${name}`)
    const [a, b] = ['a', 'b'].map(name => backend.add(`${folder}/${name}`, { isRoot: true }))
    backend.remove(a!)
    backend.remove(a!)
    writeFileSync(`${folder}/a/file`, '')
    rmSync(`${folder}/b`, { recursive: true })
    const events = await settle()
    assert.equal(brief(events, 'created'), [])
    assert.equal(brief(events.filter(({ watch }) => watch === b), 'gone'), [`${b} gone null`])
  })

  scene('a folder that is not there is ENOENT, and a file is ENOTDIR', async (folder, backend) => {
    writeFileSync(`${folder}/file`, '')
    assert.throws(() => backend.add(`${folder}/none`), /^ENOENT: /)
    assert.throws(() => backend.add(`${folder}/file`), /^ENOTDIR: /)
  })

  scene('closing ends who waits for a barrier, and twice is harmless', async (folder, backend) => {
    backend.add(folder)
    const waiting = backend.sync().then(() => 'resolved', error => error.code as string)
    backend.close()
    backend.close()
    assert.is(await waiting, 'EBADF')
    await sleep(0)
  })
}
