// Where a page stands in the book, and which module, test and diagrams are its own.
import { posix } from 'node:path'
import { exerciseFolder } from './block.ts'
import type { Config } from './config.ts'

/** `chapters/03-patterns-and-idioms/04-maildir.md` has the folder `patterns` and the slug `maildir`. */
export interface Section {
  folder: string
  slug: string
  /** A folder's README.md opens a chapter and has no module of its own. */
  isOpening: boolean
}

/** The section of a page, or undefined when the page is in no folder of the package. */
export function sectionOf({ folders }: Config, page: string): Section | undefined {
  const folder = folders[posix.basename(posix.dirname(page))]
  if (folder === undefined) return undefined
  const isOpening = posix.basename(page) === 'README.md'
  return { folder, slug: isOpening ? folder : slugOf(page), isOpening }
}

/** A file's name without the digits that only order it. */
export function slugOf(page: string): string {
  return posix.basename(page, '.md').replace(/^\d+-/, '')
}

/** Entry points only pass on what other modules export; many chapters may add to them. */
export function isEntryPoint(file: string): boolean {
  return posix.basename(file) === 'index.ts' || !file.includes('/')
}

/** Exercises belong to their sections, and not to the package. */
export function isExercise(file: string): boolean {
  return file.startsWith(`${exerciseFolder}/`)
}
