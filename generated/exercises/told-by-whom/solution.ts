// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
export const answers = {
  createdAndRemoved: { inotify: 2, fanotify: 1 },
  renamed: { inotify: 2, fanotify: 1 },
  ofTheDead: { pid: true, process: false },
}
