import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { faultIn } from './fault.ts'

const right = [
  'flowchart LR\n  a["<b>bold</b>"] -- "rename(2)" --> b{there?}',
  'sequenceDiagram\n  A->>B: open<br/>read\n  Note over A,B: a name',
  'stateDiagram-v2\n  [*] --> free\n  note right of free: nobody',
  'classDiagram\n  Tree <|-- Memory\n  note for Tree "a waist"',
  'erDiagram\n  INODE ||--o{ NAME : has',
  'gantt\n  todayMarker off\n  dateFormat X\n  section a\n  write :a, 0, 3s',
  'gitGraph\n  commit id: "a"',
  'timeline\n  1973 : pipe',
  'mindmap\n  root\n    leaf',
  'pie\n  "a" : 1',
]

// source, and where it is wrong
const wrong: [string, number, number, RegExp][] = [
  ['flowchart LR\n  a --> b\n  b ->> c', 3, 5, /^Expecting 'SEMI'.*, …, got 'MINUS'$/],
  ['sequenceDiagram\n  A->>B: hi\n  A-B hi', 3, 9, /got 'NEWLINE'$/],
  ['stateDiagram-v2\n  [*] --> A\n  A -> B', 3, 5, /got 'INVALID'$/],
  ['classDiagram\n  A <|-- B\n  class {{', 3, 9, /got 'STRUCT_START'$/],
  ['erDiagram\n  A ||--', 2, 9, /^Expecting/],
  ['gantt\n  title x\n  section A\n  bar baz', 4, 10, /^Expecting 'taskData'/],
  ['gitGraph\n  commit id: "a"\n  comit id: "b"', 3, 3, /found `comit`/],
  ['pie\n  "a" : 3\n  b : ', 3, 3, /^unexpected character: ->b<-/],
  ['flowchart LR\n  a --> ', 2, 8, /got 'EOF'$/],
  ['flochart LR', 1, 1, /^No diagram type detected matching given configuration$/],
  // what Mermaid takes out before it parses
  ['%% one\n\n%% two\nflowchart LR\n\n  %% three\n  a ->> c', 7, 5, /^Expecting/],
  ['---\ntitle: x\n---\nflowchart LR\n  a ->> c', 5, 5, /^Expecting/],
  ['%%{init: {"theme": "base"}}%%\nflowchart LR\n  a ->> c', 3, 5, /^Expecting/],
]

test('LIT-9 every usual kind of diagram passes the parser that needs no browser', async () => {
  for (const source of right) assert.is(await faultIn(source), undefined, source)
  assert.not.ok('window' in globalThis || 'document' in globalThis, 'no document stays behind')
})

test('LIT-9 a fault has the line and the column of the source, and the words of the parser', async () => {
  for (const [source, line, column, words] of wrong) {
    const fault = await faultIn(source)
    assert.equal([fault?.line, fault?.column], [line, column], source)
    assert.match(fault!.message, words)
  }
})

test.run()
