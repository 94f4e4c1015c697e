// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
/** Where the server of the project (a folder that exists) listens, within `folder`. */
export function socketOf(folder: string, project: string): string {
  return `${folder}/${project.replaceAll('/', '-')}`
}
