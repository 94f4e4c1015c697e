// All that is known about a book before its pages are made.
import type { Block } from '../block.ts'
import type { Book } from '../book.ts'
import type { Config } from '../config.ts'
import { diagramsOf } from '../diagram.ts'
import { pictureOf } from '../diagrams.ts'
import { link, textOf, type Web } from '../link.ts'
import { type Colours, coloursOf, type Piece } from './colours.ts'
import { type Crossings, crossingsOf } from './crossings.ts'
import { lean } from './lean.ts'
import { type Known, programOf } from './program.ts'
import { type Site, siteOf } from './site.ts'
import type { Workshop } from './workshop.ts'

export interface Woven extends Known {
  config: Config
  book: Book
  web: Web
  site: Site
  crossings: Crossings
  colours: Colours
  /** The lines of a tangled file. */
  colouredOutput(file: string): Piece[][]
  /** Mermaid block → its SVG; blocks that were not drawn yet are not there. */
  pictures: Map<Block, string>
}

export async function wovenOf(config: Config, book: Book, workshop: Workshop, hurry = false): Promise<Woven> {
  const web = link(book)
  const site = siteOf(config, book)
  const crossings = crossingsOf(book, web, site)
  const codes = new Map([...web.outputs.values()].map((output) => [output.file, { code: textOf(output).replace(/\n$/, ''), lang: output.blocks[0]!.lang }]))
  const loose = book.blocks.filter((block) => block.lang !== 'mermaid' && crossings.get(block)!.landings.length === 0)
  const [known, colours] = await Promise.all([
    programOf(config, web, workshop, hurry),
    coloursOf(config, [...codes.values(), ...loose.map(({ fence, lang }) => ({ code: fence.lines.join('\n'), lang }))], workshop),
  ])
  const coloured = new Map<string, Piece[][]>()
  const colouredOutput = (file: string) => {
    const pieces = coloured.get(file) ?? colours.of(codes.get(file)!.code, codes.get(file)!.lang)
    coloured.set(file, pieces)
    return pieces
  }
  const drawn = diagramsOf(config, book).map((diagram) => [diagram.block, pictureOf(config, diagram)] as const)
  const pictures = new Map(drawn.flatMap(([block, svg]) => (svg === undefined ? [] : [[block, lean(svg)] as const])))
  return { config, book, web, site, crossings, ...known, colours, colouredOutput, pictures }
}
