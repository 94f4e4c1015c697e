// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { openAsync } from './asynchrony-file.ts'
import { UringEngine } from './io-uring-engine.ts'

const fifo = await openAsync(workerData, 'r+', { by: new UringEngine() })
void fifo.readSome(Buffer.alloc(1))
setTimeout(() => {
  writeSync(fifo.fd, '1')   // now there is a result, and nobody has looked
  process.exit(7)
}, 50)
