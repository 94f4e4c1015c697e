import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from './compile.ts'

const box = mkdtempSync(join(tmpdir(), 'compile-'))
test.after(() => rmSync(box, { recursive: true }))

const plant = (name: string, text: string) => {
  writeFileSync(join(box, name), text)
  return pathToFileURL(join(box, name))
}

test('a C program is compiled once for its text, runs, and is compiled again when it changes', () => {
  const cache = join(box, 'cache')
  const source = plant('limit.c', '#include <stdio.h>\nint main(void) { return puts("17") < 0; }\n')
  const program = compile(source, cache)
  assert.is(execFileSync(program, { encoding: 'utf8' }), '17\n')
  assert.is(compile(source, cache), program)
  plant('limit.c', '#include <stdio.h>\nint main(void) { return puts("18") < 0; }\n')
  assert.is(execFileSync(compile(source, cache), { encoding: 'utf8' }), '18\n')
  assert.is(readdirSync(cache).length, 2)
})

test('a C program that does not compile is told with the place of the mistake', () => {
  assert.throws(() => compile(plant('bad.c', 'int main(void) { return x; }\n'), join(box, 'cache')), /bad\.c does not compile:[\s\S]*bad\.c:1:/)
})

test.run()
