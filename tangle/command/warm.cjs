// Preloaded into the command while it is bundled. When the command ends, what V8 has compiled of its noun is kept beside the
// noun, for load.cjs: the functions that were called, also those of the runs before.
// V8 knows a code by the length of its source only, so a noun is never written without removing what was kept.
const { writeFileSync } = require('node:fs')
const vm = require('node:vm')

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    process.on('exit', () => writeFileSync(`${options.filename}.cache`, this.createCachedData()))
  }
}
