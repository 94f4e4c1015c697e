// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './interleaving-shows.stage.ts'

shows('lockFile', 2, 1, Infinity)
shows('pidfile', 2, 1, 1)
for (const name of ['lockFile', 'pidfile']) {
  shows(name, 3, 1, 0)
  catches(name, 2, 3)
}
test.run()
