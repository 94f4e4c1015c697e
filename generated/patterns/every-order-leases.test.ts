// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('lease', 2, 1, Infinity)
shows('lease', 3, 1, 0)
catches('lease', 2, 3)
shows('fence', 3, 0, 1)
catches('fence', 3)
test.run()
