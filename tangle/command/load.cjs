/** Loads a noun, with what V8 compiled of it when it was bundled. Another version of Node refuses that, and compiles it. */
// biome-ignore lint/correctness/noUnusedVariables: bundle.sh puts it in front of the command, which calls it
function load(name) {
  const { readFileSync } = require('node:fs')
  const { Script } = require('node:vm')
  const filename = `${__dirname}/${name}.cjs`
  let cachedData
  try {
    cachedData = readFileSync(`${filename}.cache`)
  } catch {} // it is compiled, then
  const noun = { exports: {} }
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
  script.runInThisContext()(noun.exports, require, noun, filename, __dirname)
  return noun.exports
}
