// Preloaded into the command while it is bundled. When the command ends, what V8 has compiled of its parts is kept beside
// them, for fcs.cjs: the functions that were called, also in the runs before.
// V8 knows a code by the length of its source only, so a part is never written without removing what was kept.
const { writeFileSync } = require('node:fs')
const vm = require('node:vm')

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    process.on('exit', () => writeFileSync(`${options.filename}.cache`, this.createCachedData()))
  }
}
