// node --import ./tangle/hooks/typescript.mjs …  runs TypeScript: by Node itself where it can, else compiled once and
// kept. A start takes half as long as through tsx, and the tests start Node thousands of times.
import * as module from 'node:module'

process.setSourceMapsEnabled(true)
if (process.features.typescript) await import('./register.mjs')
else module.register('./compile.mjs', import.meta.url)
