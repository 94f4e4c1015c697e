// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
export const answers = {
  createdAndRemoved: { inotify: 2, fanotify: 2 },
  renamed: { inotify: 1, fanotify: 2 },
  ofTheDead: { pid: false, process: true },
}
