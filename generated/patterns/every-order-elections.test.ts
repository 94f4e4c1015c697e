// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('election', 2, 1, Infinity)
shows('election', 3, 1, 0)
catches('election', 2, 3)
test.run()
