// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('claiming', 2, 1, 0)
shows('claiming', 2, 0, Infinity)
shows('claiming', 3, 1, 0)
catches('claiming', 2, 3)
test.run()
