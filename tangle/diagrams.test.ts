import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { type Chromium, findChromium, unpackedChromium } from './browser.ts'
import { readConfig } from './config.ts'
import { type Diagrams, diagrams, type DiagramOptions } from './diagrams.ts'
import { listFiles } from './files.ts'
import { Problems } from './problem.ts'

interface Scene {
  root: string
  chromium: Chromium
  /** How often the browser was started. */
  launches: () => number
}

const test = suite<Scene>('diagrams', {} as Scene)
const maildir = 'chapters/03-patterns-and-idioms/04-maildir.md'

const kinds = {
  flowchart: 'flowchart LR\n  a[write] -- "rename(2)" --> b{there?}\n  subgraph s [folder]\n    b --> c\n  end',
  sequence: 'sequenceDiagram\n  participant A\n  A->>+B: open\n  Note over A,B: a name\n  B-->>-A: ENOENT',
  state: 'stateDiagram-v2\n  [*] --> free\n  free --> held: lock\n  held --> free: the holder dies',
  class: 'classDiagram\n  Tree <|-- Memory\n  Tree : +walk(name)',
  er: 'erDiagram\n  INODE ||--o{ NAME : "has"\n  INODE { int nlink }',
  gantt: 'gantt\n  todayMarker off\n  dateFormat X\n  axisFormat %S\n  section writer\n  write :a, 0, 3s\n  section reader\n  read :after a, 2s',
  git: 'gitGraph\n  commit id: "a"\n  branch b\n  commit id: "b"\n  checkout main\n  merge b id: "c"',
}

const caption = '*Look at `new`: it is\nnever "half" <full> & done.*\n'
const { flowchart, sequence, state, ...others } = kinds
const files = {
  'loom.json': JSON.stringify({ documents: ['README.md', 'chapters'], folders: { '03-patterns-and-idioms': 'patterns' } }),
  'README.md': `# A book\n${block(flowchart)}`,
  [maildir]: `# Maildir\n${block(sequence)}\n${caption}${block(state, ' name="The states"')}`,
  'chapters/kinds.md': `# Kinds\n${Object.entries(others).map(([name, source]) => block(source, ` name="${name}"`)).join('')}`,
}
const paths = ['readme', 'patterns/maildir', 'patterns/maildir-the-states', ...Object.keys(others).map((name) => `kinds-${name}`)]

// Drawing is slow, so the book is drawn once, and each test has a copy of it with the pictures.
const drawn = {} as Scene & { result: Diagrams }
let found: Chromium | null

test.before(async () => {
  const cache = join(import.meta.dirname, '..', '.loom')
  found = (await unpackedChromium(cache)) ?? (await findChromium(cache)) // the packaged one starts faster
  assert.ok(found, 'these tests need a Chromium')
  makeScene(drawn)
  for (const [file, text] of Object.entries(files)) put(drawn, file, text)
  drawn.result = await run(drawn)
})

test.before.each((scene) => {
  makeScene(scene)
  for (const name of ['loom.json', 'README.md', 'chapters', 'diagrams']) {
    cpSync(join(drawn.root, name), join(scene.root, name), { recursive: true })
  }
})

test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))
test.after(() => rmSync(drawn.root, { recursive: true, force: true }))

/** An empty folder, and a browser that notes each time it is started. */
function makeScene(scene: Scene): void {
  scene.root = mkdtempSync(join(tmpdir(), 'diagrams-'))
  const log = join(scene.root, 'launches')
  const path = join(scene.root, 'browser.sh')
  writeFileSync(path, `#!/bin/sh\necho >> ${log}\nexec ${found!.path} "$@"\n`)
  chmodSync(path, 0o755)
  scene.chromium = { ...found!, path }
  scene.launches = () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0)
}

function put({ root }: Scene, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

function get({ root }: Scene, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

async function run(scene: Scene, options: DiagramOptions = {}) {
  const config = readConfig(scene.root)
  return diagrams(config, await readBook(config), { chromium: scene.chromium, ...options })
}

async function problemsOf(scene: Scene, options: DiagramOptions = {}): Promise<string> {
  try {
    await run(scene, options)
  } catch (error) {
    if (error instanceof Problems) return error.message
    throw error
  }
  throw new Error('no problem was told')
}

function block(source: string, attributes = ''): string {
  return `\n\`\`\`mermaid${attributes}\n${source}\n\`\`\`\n`
}

test('LIT-9 each block becomes a source and a picture that stands by itself, all drawn in one browser', (scene) => {
  assert.equal(drawn.result.drawn, paths)
  assert.equal(drawn.result.written, paths.flatMap((path) => [`${path}.mmd`, `${path}.svg`]))
  assert.is(drawn.launches(), 1)
  assert.is(get(scene, 'diagrams/readme.mmd'), `${flowchart}\n\n%% Drawn by the loom from README.md; edit it there.\n`)
  const svg = get(scene, 'diagrams/patterns/maildir.svg')
  assert.match(svg, /^<svg aria-label="Look at new: it is never &quot;half&quot; &lt;full> &amp; done." /)
  assert.match(svg, /background-color: white/)
  assert.ok(Buffer.byteLength(svg) < 40_000, 'no fonts inside')
})

test('LIT-9 drawn again, every usual kind of diagram is the same bytes', async (scene) => {
  const first = paths.map((path) => get(scene, `diagrams/${path}.svg`))
  rmSync(join(scene.root, 'diagrams'), { recursive: true })
  await run(scene)
  paths.forEach((path, i) => assert.is(get(scene, `diagrams/${path}.svg`), first[i], path))
  const ids = first.flatMap((svg) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  assert.is(new Set(ids).size, ids.length, 'ids are unique across pictures')
})

test('LIT-9 a path has no digits, and a block inside a fence of Markdown is no diagram', async (scene) => {
  put(scene, 'chapters/README.md', `# Chapters\n${block('pie')}`)
  put(scene, 'chapters/03-patterns-and-idioms/README.md', `# Patterns\n${block('pie')}`)
  put(scene, 'chapters/04-x/02-y/03-z.md', '# Z\n\n- in a list\n\n  ~~~mermaid\n  pie\n  ~~~\n')
  put(scene, 'chapters/05-quoted.md', `# Quoted\n\n\`\`\`\`md\n${block('pie')}\n\`\`\`\`\n`)
  const { problems } = await run(scene, { check: true })
  const missing = problems.map(({ message }) => message.match(/^diagrams\/(.*)\.svg is missing$/)?.[1])
  assert.equal(missing, ['chapters', 'patterns/patterns', 'x/y/z'])
})

test('LIT-9 only what changed is drawn again, and an unchanged book loads no browser', async (scene) => {
  assert.equal((await run(scene)).written, [])
  const loaded = modulesOf(scene, 'diagrams')
  assert.match(loaded, /tangle\/diagrams\.ts/)
  assert.not.match(loaded, /puppeteer|node_modules\/mermaid|mermaid-cli\/|jsdom|sparticuz|remark/)
  assert.is(scene.launches(), 0)
  const before = statSync(join(scene.root, 'diagrams/patterns/maildir.svg')).mtimeMs
  put(scene, maildir, files[maildir]!.replace('# Maildir', '# Maildir\n\nMore prose.').replace('the holder dies', 'release'))
  const { drawn, written } = await run(scene)
  assert.equal(drawn, ['patterns/maildir-the-states'])
  assert.equal(written, ['patterns/maildir-the-states.mmd', 'patterns/maildir-the-states.svg'])
  assert.is(scene.launches(), 1)
  assert.is(statSync(join(scene.root, 'diagrams/patterns/maildir.svg')).mtimeMs, before)
})

/** The modules that a run of the verb in a process of its own loads. */
function modulesOf({ root }: Scene, verb: string): string {
  const hook = `export async function load(url, context, next) { console.log('load ' + url); return next(url, context) }`
  const program = `
    const { register } = await import('node:module')
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})
    const at = (file) => import(${JSON.stringify(`file://${import.meta.dirname}/`)} + file)
    const config = (await at('config.ts')).readConfig(${JSON.stringify(root)})
    await (await at('${verb}.ts')).${verb}(config, await (await at('book.ts')).readBook(config))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8', cwd: join(import.meta.dirname, '..') })
  assert.is(status, 0, stderr)
  return stdout
}

test('LIT-9 a changed caption is written without drawing', async (scene) => {
  put(scene, maildir, files[maildir]!.replace(caption, '*Look at the arrow.*\n'))
  const { problems } = await run(scene, { check: true })
  assert.equal(problems.map(({ message }) => message), ['diagrams/patterns/maildir.svg is stale'])
  assert.equal((await run(scene, { chromium: null })).written, ['patterns/maildir.svg'])
  assert.match(get(scene, 'diagrams/patterns/maildir.svg'), 'aria-label="Look at the arrow."')
})

test('LIT-9 a broken diagram is told at its place in the chapter, with or without a browser, and nothing is written', async (scene) => {
  const jison = 'flowchart LR\n  %% a remark\n\n  %% and another\n  a --> b\n  b ->> c'
  const langium = '---\ntitle: x\n---\ngitGraph\n  commit id: "a"\n  comit id: "b"'
  const quoted = block(jison, ' name="one"').trimEnd().replaceAll('\n', '\n> ')
  put(scene, 'README.md', '# A book\n')
  const broken = `# A\n${block('flowchart LR\n  a --> b')}\n> quoted${quoted}`
  const place = "chapters/a.md:15:7: this diagram does not parse: Expecting 'SEMI', 'NEWLINE', 'EOF', 'AMP', 'START_LINK', …, got 'MINUS'"
  put(scene, 'chapters/a.md', broken)
  assert.is(await problemsOf(scene), place)
  put(scene, 'chapters/a.md', `${broken}\n${block(langium, ' name="two"')}${block('flochart LR', ' name="three"')}`)
  assert.equal((await problemsOf(scene, { chromium: null })).split('\n').filter((line) => !line.startsWith('  ')), [
    'chapters/a.md:3:1: diagrams/a.svg must be drawn, and there is no browser',
    place,
    "chapters/a.md:24:3: this diagram does not parse: Expecting token of type 'EOF' but found `comit`.",
    'chapters/a.md:28:1: this diagram does not parse: No diagram type detected matching given configuration',
  ])
  assert.ok(existsSync(join(scene.root, 'diagrams/readme.svg')), 'an orphan stays while something is wrong')
  assert.not.ok(existsSync(join(scene.root, 'diagrams/a.mmd')))
  const { problems } = await run(scene, { check: true })
  assert.equal(problems.filter(({ file }) => file === 'chapters/a.md').map(({ line }) => line), [3, 15, 24, 28])
})

test('LIT-9 without a browser fresh diagrams serve, and a stale one is told by name and with what to install', async (scene) => {
  assert.is((await run(scene, { chromium: null })).total, paths.length)
  put(scene, 'README.md', `# A book\n${block('flowchart LR\n  a --> b')}`)
  const missing = { path: '/nonexistent/chrome', env: {} }
  for (const chromium of [null, missing]) {
    const told = await problemsOf(scene, { chromium })
    assert.match(told, /^README\.md:3:1: diagrams\/readme\.svg must be drawn, and .*(no browser|does not start)/)
    assert.match(told, 'apt-get install chromium')
  }
})

test('LIT-9 two diagrams for one path are told', async (scene) => {
  put(scene, maildir, `# Maildir\n${block('pie')}${block('pie')}${block('pie', ' name="The states"')}${block('pie', ' name="the-states"')}`)
  const told = await problemsOf(scene, { chromium: null })
  assert.match(told, `${maildir}:7:1: this diagram would become diagrams/patterns/maildir.svg, as the one at ${maildir}:3 does`)
  assert.match(told, 'give it a name')
  assert.match(told, `${maildir}:15:1: this diagram would become diagrams/patterns/maildir-the-states.svg`)
})

test('LIT-9 check changes nothing and tells what is missing, stale, damaged or orphaned', async (scene) => {
  assert.equal((await run(scene, { check: true })).problems, [])
  put(scene, 'README.md', '# A book\n')
  put(scene, 'chapters/a.md', `# A\n${block('flowchart LR\n  a --> b')}`)
  put(scene, 'diagrams/patterns/maildir.svg', get(scene, 'diagrams/patterns/maildir.svg').replace('stroke', 'strike'))
  put(scene, 'diagrams/kinds-er.mmd', get(scene, 'diagrams/kinds-er.mmd').replace('INODE', 'NODE'))
  const before = contentOf(scene)
  const { problems } = await run(scene, { check: true })
  assert.equal(problems.map(({ file, message }) => `${file}: ${message}`), [
    `${maildir}: diagrams/patterns/maildir.svg is stale`,
    'chapters/a.md: diagrams/a.svg is missing',
    'chapters/kinds.md: diagrams/kinds-er.mmd is stale',
    'diagrams/readme.mmd: no block draws this diagram any longer',
    'diagrams/readme.svg: no block draws this diagram any longer',
  ])
  assert.equal(contentOf(scene), before)
})

function contentOf(scene: Scene): Record<string, string> {
  return Object.fromEntries(listFiles(join(scene.root, 'diagrams')).map((file) => [file, get(scene, `diagrams/${file}`)]))
}

test("LIT-9 orphans of the loom go, somebody else's files stay, and one that is in the way is told", async (scene) => {
  const foreign = { 'patterns/photo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n', 'patterns/own.mmd': 'flowchart LR\n' }
  for (const [file, text] of Object.entries(foreign)) put(scene, `diagrams/${file}`, text)
  rmSync(join(scene.root, 'chapters/kinds.md'))
  put(scene, maildir, '# Maildir\n')
  assert.is((await run(scene)).removed.length, 2 * (paths.length - 1))
  const own = ['readme.mmd', 'readme.svg'].map((file) => [file, get(scene, `diagrams/${file}`)])
  assert.equal(contentOf(scene), { ...foreign, ...Object.fromEntries(own) })
  put(scene, maildir, `# Maildir\n${block('pie', ' name="x"')}`)
  put(scene, 'diagrams/patterns/maildir-x.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>\n')
  assert.match(await problemsOf(scene), /^diagrams\/patterns\/maildir-x\.svg:1:1: a file that the loom did not write stands here/)
  assert.not.ok(existsSync(join(scene.root, 'diagrams/patterns/maildir-x.mmd')))
})

test.run()
