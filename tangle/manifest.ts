// Which files of the output folder are the loom's own, and what it wrote into them. The manifest is kept
// beside the files and belongs to version control with them.
import { join } from 'node:path'
import type { Config } from './config.ts'
import { digest, readIfThere } from './files.ts'
import { Problems } from './problem.ts'

export const manifestName = '.loom.json'

/** File → digests of the texts that the loom wrote: one, or during a run the old and the new. */
export type Manifest = Map<string, string[]>

export function readManifest({ root, output }: Config): Manifest {
  const text = readIfThere(join(root, output, manifestName))
  if (text === undefined) return new Map()
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, string | string[]>)
    return new Map(entries.map(([file, sums]) => [file, [sums].flat()]))
  } catch (error) {
    const file = `${output}/${manifestName}`
    const hint = `bring it back from version control, or remove it together with ${output}/ and tangle again`
    throw new Problems([{ file, line: 1, column: 1, message: `unreadable: ${(error as Error).message}`, hint }])
  }
}

/** One line a file, sorted, so that versions merge. */
export function manifestText(manifest: Manifest): string {
  const lines = [...manifest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, sums]) => `  ${JSON.stringify(file)}: ${JSON.stringify(sums.length === 1 ? sums[0] : sums)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** Whether the loom wrote this text into this file. */
export function isOwn(manifest: Manifest, file: string, text: string): boolean {
  return manifest.get(file)?.includes(digest(text)) ?? false
}
