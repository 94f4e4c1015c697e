// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import type { Traits } from 'filesystem-communication-space/foundations'

export const eventfd: Traits = {
  lasts: true, found: 'by its name', alone: 'lost', readers: 'both', writers: 'apart',
}

export const directoryEntry: Traits = {
  lasts: true, found: 'by its name', alone: 'waits', readers: 'one of two', writers: 'merged',
}
