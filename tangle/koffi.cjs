// What the bundled command loads in koffi's place: the same native library, without koffi's search for it, which reads
// four files and takes longer than the loading. Where the library is not where npm puts it, koffi searches.
const name = `@koromix/koffi-${process.platform}-${process.arch}/${process.platform}_${process.arch}/koffi.node`
const koffi = 'koffi' // so that the bundler leaves it alone

function direct() {
  const native = { exports: {} }
  for (const folder of require.main.paths) {
    try {
      process.dlopen(native, `${folder}/${name}`)
      return native.exports
    } catch {} // not in this folder, or made for another C library
  }
  return undefined
}

module.exports = direct() ?? require(koffi)
