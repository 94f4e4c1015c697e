// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('queue', 2, 1, 0)
shows('queue', 2, 0, 1)
shows('queue', 3, 1, 0)
shows('queueOpen', 2, 1, Infinity)
shows('queueOpen', 3, 1, 0)
shows('race', 2, 1, Infinity)
shows('race', 3, 1, 0)
catches('queue', 2, 3)
test.run()
