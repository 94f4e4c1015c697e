// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
import { promises } from './asynchrony-promises.ts'
import { atomicWrite } from './atomic-write.ts'
import { open, readString, writeFile } from './file-handle.ts'
import { cp, mv } from './folder-operations-copy.ts'
import { rm } from './folder-operations-remove.ts'
import { UringEngine } from './io-uring-engine.ts'
import { hardlink, mkpath, readlink, realpath, rename, symlink } from './folder-operations.ts'
import { isFile, isLink, isMount, isPath, lstat, stat } from './metadata.ts'
import { chmod, diskstat, touch } from './temporary-name-touch.ts'
import { mktemp, mktempdir } from './temporary-name.ts'
import { readdir, walkdir } from './walk.ts'
import { changes } from './debounce.ts'
import { pollFile, unwatchFolder, watchFolder } from './file-watching.ts'
import { Watcher } from './watcher.ts'

type Scenes = Record<string, (folder: string) => unknown>

/** What each section does once, in a folder that is its own. None of it may use node:fs. */
export const scenes: Scenes = {
  // use files and what is known of them
  'file-handle': folder => {
    const file = open(`${folder}/a`, 'w+')
    file.write('one two')
    file.write('three', 100)
    file.seek(4).read(3)
    file.truncate(50).sync()
    file.dataSync()
    file.chmod(0o600)
    file.setTimes({ mtimeNs: 1n })
    file.close()
    writeFile(`${folder}/a`, readString(`${folder}/a`), 'a')
  },
  'metadata': folder => {
    writeFile(`${folder}/a`, 'x')
    for (const ask of [stat, lstat, isPath, isLink, isMount]) {
      ask(`${folder}/a`)
    }
    isFile(`${folder}/missing`)
  },
  'atomic-write': folder => {
    atomicWrite(`${folder}/a`, 'first')
    atomicWrite(`${folder}/a`, 'second')
  },
  // use folders, walks and temporary names
  'folder-operations': folder => {
    mkpath(`${folder}/tree/branch`)
    writeFile(`${folder}/tree/branch/leaf`, 'green')
    symlink('leaf', `${folder}/tree/branch/link`)
    hardlink(`${folder}/tree/branch/leaf`, `${folder}/second`)
    cp(`${folder}/tree`, `${folder}/copy`)
    mv(`${folder}/copy`, `${folder}/moved`)
    readlink(`${folder}/moved/branch/link`)
    realpath(`${folder}/moved/branch/link`)
    rm(`${folder}/moved`, { recursive: true })
  },
  'walk': folder => {
    mkpath(`${folder}/tree/branch`)
    writeFile(`${folder}/tree/branch/leaf`, 'green')
    readdir(folder)
    for (const _ of walkdir(folder));
  },
  'temporary-name': folder => {
    rm(mktempdir({ parent: folder }), { recursive: true })
    mktemp(path => touch(path), { parent: folder })
    chmod(touch(`${folder}/touched`), 0o600)
    diskstat(folder)
  },
}
/** The same for sections with threads of their own. The first of all scenes breaks the rule. */
export const waitingScenes: Scenes = {
  'node-fs': breakTheRule,
  // use promises
  'asynchrony': async folder => {
    await promises.mkdir(`${folder}/new`)
    const file = await promises.open(`${folder}/new/a`, 'w+')
    await file.write('later')
    await file.close()
    await promises.stat(`${folder}/new/a`)
    await promises.readdir(`${folder}/new`)
    await promises.rm(`${folder}/new`, { recursive: true })
  },
  'io-uring': async folder => {
    const engine = new UringEngine()
    const file = await engine.open(`${folder}/a`, { write: true, create: true })
    await engine.write(file, Buffer.from('through a ring'), 0)
    await engine.sync(file, true)
    await engine.close(file)
    await engine.end()
  },
  // watch
  'watcher': async folder => {
    const watcher = new Watcher(folder)
    await watcher.ready
    mkpath(`${folder}/tree/branch`)
    writeFile(`${folder}/tree/branch/leaf`, 'green')
    rename(`${folder}/tree`, `${folder}/moved`)
    await watcher.sync()
    watcher.close()
  },
  'debounce': async folder => {
    const watcher = new Watcher(folder)
    await watcher.ready
    setTimeout(() => atomicWrite(`${folder}/a`, 'saved'), 1)
    for await (const _ of changes(watcher, { quietMs: 5 })) break
  },
  'file-watching': async folder => {
    setTimeout(() => touch(`${folder}/a`), 1)
    await watchFolder(folder, { timeoutMs: 1000 })
    unwatchFolder(folder)
    await pollFile(`${folder}/a`, { intervalMs: 1, timeoutMs: 5 })
  },
}

/** Uses node:fs in each of its forms: in this thread, in the pool by a callback, by a promise, by a stream. */
async function breakTheRule(folder: string): Promise<void> {
  const fs = await import('node:fs')
  fs.writeFileSync(`${folder}/sync`, '')
  await new Promise(resolve => fs.mkdir(`${folder}/callback`, resolve))
  await fs.promises.stat(`${folder}/sync`)
  await fs.promises.writeFile(`${folder}/promise`, '')
  await new Promise(resolve => fs.createWriteStream(`${folder}/stream`).end('x', () => resolve(null)))
}

const root = process.argv[2]
if (root !== undefined && import.meta.url.endsWith(String(process.argv[1]).replace(/^.*\//, ''))) {
  const chosen = process.argv[3] === 'waiting' ? waitingScenes : scenes
  await import('node:fs')        // loaded now, as the threads are, and not while somebody watches
  if (chosen === waitingScenes) await promises.stat('/')
  process.stdin.once('data', async () => {
    for (const [name, scene] of Object.entries(chosen)) await scene(`${root}/${name}`)
    console.log('done')
    process.exit()
  })
  console.log('ready')
}
