// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

for (const name of ['spool', 'mail']) {
  shows(name, 2, 1, Infinity)
  shows(name, 3, 1, 0)
  catches(name, 2, 3)
}
test.run()
