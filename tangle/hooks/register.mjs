// node --import ./tangle/hooks/register.mjs --import tsx …  Before tsx: the hook registered last is asked first,
// and tsx has to see the map. Node that runs TypeScript by itself needs --enable-source-maps in place of tsx.
import * as module from 'node:module'
import { loadSync } from './load.mjs'

// registerHooks (Node 22.15) works in this thread; the older register starts a thread for the hooks.
if (module.registerHooks) module.registerHooks({ load: loadSync })
else module.register('./load.mjs', import.meta.url)
