// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('pointer', 2, 1, Infinity)
shows('pointerRead', 2, 1, Infinity)
shows('pointerBack', 2, 0, 1)
shows('pointer', 3, 1, 0)
catches('pointer', 2, 3)
test.run()
