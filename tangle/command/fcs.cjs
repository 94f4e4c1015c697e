#!/usr/bin/env node
/** Loads a part of the command, with what V8 compiled of it when it was bundled. Another version of Node refuses that, and
 * compiles it. */
function load(name) {
  const { readFileSync } = require('node:fs')
  const { Script } = require('node:vm')
  const filename = `${__dirname}/${name}.cjs`
  let cachedData
  try {
    cachedData = readFileSync(`${filename}.cache`)
  } catch {} // it is compiled, then
  const part = { exports: {} }
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
  script.runInThisContext()(part.exports, require, part, filename, __dirname, load)
  return part.exports
}

load('fcs-main')
