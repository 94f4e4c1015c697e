// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withDraft } from './solution.ts'

let [folder, path] = ['', '']
test.before.each(() => {
  folder = mkdtempSync(`${tmpdir()}/draft-`)
  path = `${folder}/letter.md`
  writeFileSync(path, 'dear')
})
const text = (of: string) => readFileSync(of, 'utf8')

test('the draft has the contents, the folder and the ending of the file', () => {
  withDraft(path, draft => {
    assert.equal([text(draft), draft === path, draft.startsWith(`${folder}/`), draft.endsWith('.md')], ['dear', false, true, true])
  })
})

test('the file is replaced when edit returns, and not before', () => {
  const result = withDraft(path, draft => { writeFileSync(draft, 'dear Ann'); return text(path) })
  assert.equal([result, text(path), readdirSync(folder)], ['dear', 'dear Ann', ['letter.md']])
})

test('the file is as it was when edit throws, and nothing is left', () => {
  assert.throws(() => withDraft(path, draft => { writeFileSync(draft, 'damn'); throw new Error('no') }), 'no')
  assert.equal([text(path), readdirSync(folder)], ['dear', ['letter.md']])
})

test.run()
