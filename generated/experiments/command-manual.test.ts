// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { commandStage } from './command-lock.stage.ts'

const { folder, fcs, sh, clear } = commandStage({ isWarm: true })
test.after(clear)
const SHELLS = ['bash', 'zsh', 'fish']
const pages = Object.fromEntries(SHELLS.map(shell => [shell, sh(`fcs completion ${shell}`).out]))
const manual = sh('fcs manual').out
const nouns = [...sh('fcs --help').out.matchAll(/^ {2}(\w+) /gm)].map(([, noun]) => noun!)
const setPage = sh('fcs manual > fcs.1; mandoc -T utf8 fcs.1 | sed "s/.\\x08//g"').out

test('BOOK-6 each noun, verb and option is in the help, the manual and the completions', () => {
  assert.ok(['bus', 'queue', 'lock', 'lease', 'elect', 'barrier', 'semaphore', 'watch', 'tail']
    .every(noun => nouns.includes(noun)))
  let options = 0
  for (const noun of nouns) {
    const help = sh(`fcs ${noun} --help`).out
    const hasVerbs = help.startsWith(`usage: fcs ${noun} VERB`)
    const verbs = hasVerbs ? [...help.matchAll(/^ {2}(\w+)/gm)].map(([, verb]) => verb!) : ['']
    for (const verb of verbs) {
      const name = `${noun} ${verb}`.trim()
      const own = hasVerbs ? sh(`fcs ${name} --help`).out : help
      assert.match(own, `usage: fcs ${name}`)
      assert.ok(setPage.includes(`   fcs ${name}`), name)
      for (const [, option] of own.matchAll(/^ {2}(?:-\w,| {3}) --([\w-]+)/gm)) {
        options++
        assert.ok(setPage.includes(`--${option}`), `${name} --${option} in the manual`)
        for (const shell of ['bash', 'zsh']) assert.ok(pages[shell]!.includes(`--${option}`), `${name} --${option} in ${shell}`)
        assert.match(pages['fish']!, new RegExp(`__fcs_begins ${name}'.* -l ${option}\\b`))
      }
      assert.match(own, /Examples:\n {2}\S/)
    }
  }
  assert.ok(options > 60, String(options))
})

test('BOOK-6 the manual page has no errors, and says what each exit status means', () => {
  const lint = sh('mandoc -T lint -W error fcs.1')
  assert.equal([lint.status, lint.out], [0, ''])
  for (const word of ['EXIT STATUS', 'ENVIRONMENT', 'FCS_TOKEN', '75', '127', '128+N']) assert.ok(setPage.includes(word), word)
  assert.ok(Buffer.from(manual).every(byte => byte < 128), 'only ASCII')
  assert.ok(sh('mandoc -T utf8 fcs.1 | sed "s/.\\x08//g"').out.includes("sh -c 'CUDA_VISIBLE_DEVICES=$FCS_SEATS ./train'"))
})

/** What zsh offers, watched in a terminal of its own. */
const WATCHER = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source setup.zsh"
zpty -r z line '*ready*'
zpty -w -n z "$1"$'\\t'
integer marks=0
while zpty -r z line; do
  if [[ $line == *$'\\0'* ]]; then (( ++marks == 2 )) && exit; continue; fi
  (( marks == 1 )) && print -r -- \${line%$'\\r\\n'}
done
`
const SETUP = `PROMPT=
autoload -Uz compinit
compinit -u -D
source fcs.zsh
bindkey '^I' complete-word
mark() { print -r -- $'\\0' }
compprefuncs=(mark)
comppostfuncs=(mark exit)
zstyle ':completion:*' insert-tab false
compadd() {
  [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  builtin compadd "$@"
}
print ready
`

for (const shell of SHELLS) writeFileSync(`${folder}/fcs.${shell}`, pages[shell]!)
writeFileSync(`${folder}/watcher.zsh`, WATCHER)
writeFileSync(`${folder}/setup.zsh`, SETUP)
writeFileSync(`${folder}/a file`, '')

const OFFERS: Record<string, (typed: string[]) => string> = {
  bash: typed => `source /usr/share/bash-completion/bash_completion; source ./fcs.bash
    COMP_WORDS=(${typed.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length - 1}
    COMP_LINE='${typed.join(' ')}'; COMP_POINT=\${#COMP_LINE}; _fcs 2> /dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: typed => `zsh -f watcher.zsh '${typed.join(' ')}'`,
  fish: typed => `fish --no-config -c "source fcs.fish; complete -C '${typed.join(' ')}'" | cut -f 1`,
}
const offered = (shell: string, ...typed: string[]) =>
  [...new Set(sh(OFFERS[shell]!(['fcs', ...typed])).out.split('\n').map(row => row.replace(/[\r=]/g, '').trim()))]
    .filter(row => row !== '').sort()

for (const shell of SHELLS) {
  test(`BOOK-6 ${shell} completes nouns, verbs, options, their values, files, and the command`, () => {
    assert.equal(offered(shell, 'se'), ['semaphore'])
    const verbs = offered(shell, 'queue', '').filter(word => !word.startsWith('-'))
    assert.equal(verbs, ['ack', 'count', 'nack', 'peek', 'put', 'take'])
    assert.equal(offered(shell, 'queue', 'take', '--wa'), ['--wait'])
    assert.equal(offered(shell, 'lock', '--conf'), ['--conflict-exit-code'])
    assert.equal(offered(shell, 'queue', 'put', '--durability', 'disk'), ['disk', 'disk-and-folder'])
    assert.equal(offered(shell, 'help', 'le'), ['lease'])
    assert.ok(offered(shell, 'watch', 'a').some(word => word.replace('\\', '').startsWith('a file')))
    assert.equal(offered(shell, 'lock', 'p', '--', 'runuse'), ['runuser'])
    assert.ok(offered(shell, 'lock', 'p', '--', 'cat', 'a').some(word => word.replace('\\', '').startsWith('a file')))
  })
}

test('BOOK-6 the nearest word is offered, and none where none is near', () => {
  const hint = (args: string) => sh(`fcs ${args}`).error
  assert.match(hint('sempahore x'), /did you mean 'semaphore'/)
  assert.match(hint('queue pek q'), /did you mean 'peek'/)
  assert.match(hint('lock x --timeuot 3'), /did you mean '--timeout'/)
  assert.match(hint('xyzzy'), /there is bus, lock, semaphore/)
  assert.equal(sh('fcs help lock').out, sh('fcs lock -h').out)
})

test('BOOK-6 what was compiled of all parts is taken, and nothing depends on it', () => {
  const dist = dirname(fcs)
  const caches = readdirSync(dist, { recursive: true }).map(String).filter(name => name.endsWith('.cache')).map(name => join(dist, name))
  assert.is(caches.length, 1 + nouns.length)
  for (const cache of caches) {
    const filename = cache.replace(/\.cache$/, '')
    const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readFileSync(cache) })
    assert.is(script.cachedDataRejected, false, filename)
  }
  for (const cache of caches) truncateSync(cache, 1000)
  assert.is(sh('fcs queue put q half && fcs queue take q').out.split('\n')[1], 'half')
  for (const cache of caches) rmSync(cache)
  assert.is(sh('fcs queue put q none && fcs queue take q').out.split('\n')[1], 'none')
})

test('BOOK-6 the small checksum is that of zlib, and gives way to it when there is more to do', () => {
  const require = createRequire(import.meta.url)
  const small = require('../../tangle/command/zlib.cjs')
  const table = small.crc32
  for (let size = 0, sum = 0; size < 1000; size++) {
    const bytes = randomBytes(size)
    assert.is(small.crc32(bytes, sum), crc32(bytes, sum), `${size} bytes`)
    sum = crc32(bytes, sum)
  }
  assert.is.not(small.crc32, table)
})

test('BOOK-6 a command does not wait until its output is on the disk', () => {
  const { out } = sh('strace -f -o trace -e trace=fsync,fdatasync fcs queue put q text > names; cat names; grep -c sync trace')
  assert.match(out, /^\S+\n0\n$/)
})
test.run()
