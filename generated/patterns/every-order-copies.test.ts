// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import { catches, shows } from './every-order-shows.stage.ts'

shows('folderCopy', 2, 1, 0)
shows('folderCopy', 2, 0, 1)
shows('folderCopy', 3, 0, 0)
catches('folderCopy', 2, 3)
test.run()
