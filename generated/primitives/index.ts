// Told in chapters/02-primitives-catalog/README.md. Edit it there, or edit here and stitch.
export {
  Appender, ENDS as regularFileEnds, Follower, forget, stored, takeRecord, type Stored,
} from './regular-file.ts'
export { ENDS as folderEntryEnds, notes, post, snapshot, take } from './folder-entry.ts'
export { collect, deliver, ENDS as linkEnds, Register, waiting } from './link.ts'
export { ENDS as renameEnds, fetchAndStore, NamedState } from './rename.ts'
export {
  claim, ENDS as unixSocketEnds, socketPair, UnixSocket, type Claim, type Note, type Peer,
  type SocketKind, type SocketName,
} from './unix-socket.ts'
export * from './file-lock.ts'
export * from './inotify.ts'
export {
  ENDS as passedDescriptorEnds, receiveCarelessly, receiveWith, sendAs, sendWith, wantCredentials,
  type Parcel,
} from './descriptor-passing.ts'
export {
  allocate, ENDS as memoryMapEnds, mapCarelessly, Mapping, MAPPING_MAX, type MappingOptions,
} from './memory-map.ts'
export { ENDS as memfdEnds, mapSealed, memfd, seal, sealsOf, type Seal } from './memfd.ts'
export {
  Bell, ENDS as fifoEnds, openFifoReader, openFifoWriter, PIPE_BUF, pipeCapacity, ringAt, writeWhole,
} from './fifo.ts'
export { ENDS as eventfdEnds, EventCount, type EventCountOptions } from './eventfd.ts'
export {
  ENDS as messageQueueEnds, MessageQueue, unlinkQueue,
  type QueueOptions, type QueueState, type UrgentNote,
} from './message-queue.ts'
export {
  ENDS as pidfdEnds, openProcess, openProcessIf, Pidfd, type End, type ProcessState,
} from './pidfd.ts'
export { Attributes, ATTRIBUTE_MAX, ENDS as extendedAttributeEnds } from './extended-attribute.ts'
export {
  copyRange, ENDS as spliceEnds, lend, relay, sendFile, splice, tee, type Move,
} from './splice.ts'
export {
  classify, endings, ENDS as inotifyEnds, oneWay, roundTrips, serve, WAYS,
  type Kind, type Line, type Load, type Side, type Task, type Way,
} from './side-by-side.ts'

export { traitsOf, TRAITS, type Traits } from './filesystem.ts'
export {
  ENDS as leaseEnds, Lease, takeLease, type LeaseKind, type OnBreak,
} from './lease.ts'
export {
  ENDS as fanotifyEnds, Fanotify, FAN_ACCESS, FAN_ATTRIB, FAN_CLOSE_NOWRITE, FAN_CLOSE_WRITE,
  FAN_CREATE, FAN_DELETE, FAN_MODIFY, FAN_ONDIR, FAN_OPEN, FAN_Q_OVERFLOW, FAN_RENAME, Gate,
  type Decide, type FanotifyEvent, type FanotifyOptions, type Place, type Request,
} from './fanotify.ts'
export {
  ENDS as pseudoTerminalEnds, PseudoTerminal, RAW, type Discipline, type Size,
} from './pseudo-terminal.ts'
export {
  ENDS as signalEnds, ignoreSignal, queueSignal, sendSignal, SignalInbox, SIGRTMAX, SIGRTMIN,
  type Caught, type Signal,
} from './signal.ts'
