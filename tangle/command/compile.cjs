// Compiles bundled nouns whole, and keeps beside each what V8 made of it: load.cjs says what for.
// V8 knows a code by the length of its source. So both are written together, here, and never one alone.
const { readFileSync, writeFileSync } = require('node:fs')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

for (const filename of process.argv.slice(2)) {
  setFlagsFromString('--no-lazy') // all functions now, and not each when it is called
  const script = new Script(readFileSync(filename, 'latin1'), { filename })
  setFlagsFromString('--lazy') // or V8 would not take it without that flag
  writeFileSync(`${filename}.cache`, script.createCachedData())
}
