// While tests run, `import … from 'uvu'` gives the loom's suite, which tells what each test did and wraps the real uvu.
const suite = new URL('../test-suite.ts', import.meta.url).href

export function resolve(specifier, context, next) {
  return next(specifier === 'uvu' && !context.parentURL?.startsWith(suite) ? suite : specifier, context)
}
