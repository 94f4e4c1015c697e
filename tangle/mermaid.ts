// Mermaid in a browser: how diagrams are drawn. mermaid-cli is loaded when there is something to draw.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ParseMDDOptions } from '@mermaid-js/mermaid-cli'
import { type Chromium, resolvePackage, withBrowser } from './browser.ts'

export interface Drawing {
  /** Unique in the book: ids and styles inside the SVG carry it, so that several can stand in one page. */
  id: string
  source: string
}

/** Verdana and DejaVu Sans are equally wide, so that words fit their boxes on other systems than the one that drew them. */
const font = 'Verdana, "DejaVu Sans", sans-serif'

/**
 * How a diagram is drawn. Seeds and fixed ids give the same bytes each time. Labels are SVG text, which every viewer
 * draws, except in state diagrams, where Mermaid misplaces such labels.
 */
export function settingsOf({ id, source }: Drawing): ParseMDDOptions {
  const htmlLabels = /^\s*stateDiagram/m.test(source)
  return {
    svgId: id,
    backgroundColor: 'white',
    fontEmbed: false,
    mermaidConfig: {
      theme: 'neutral',
      fontFamily: font,
      fontSize: 14,
      themeVariables: { fontFamily: font, fontSize: '14px', edgeLabelBackground: '#ffffff' },
      themeCSS: '.edgeLabel rect, .labelBkg { opacity: 1; }', // else an edge shows through its own words
      htmlLabels,
      flowchart: { htmlLabels, wrappingWidth: 240 },
      handDrawnSeed: 1,
      deterministicIds: true,
      deterministicIDSeed: 'loom',
      suppressErrorRendering: true,
    },
  }
}

/** The versions of the programs that draw, as `12.2.0/12.3.0`: another version may draw another picture. */
export function drawnBy(): string {
  versions ??= readVersions()
  return versions
}

let versions: string | undefined

function readVersions(): string {
  const cli = resolvePackage('@mermaid-js/mermaid-cli')
  const mermaid = cli && resolvePackage('mermaid/package.json', cli)
  if (!mermaid) throw new Error('@mermaid-js/mermaid-cli is not installed')
  return [join(dirname(cli), '..', 'package.json'), mermaid].map(versionOf).join('/')
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** Draws in one browser, two at a time. Each result is the text of an SVG, or the error that this diagram met. */
export async function draw(
  chromium: Chromium,
  drawings: readonly Drawing[],
  report: (drawing: Drawing, ms: number) => void = () => {},
): Promise<(string | Error)[]> {
  const { renderMermaid } = await import('@mermaid-js/mermaid-cli')
  const results: (string | Error)[] = []
  return withBrowser(chromium, async (browser) => {
    const queue = drawings.entries()
    const worker = async () => {
      for (const [i, drawing] of queue) {
        const start = performance.now()
        try {
          const { data } = await renderMermaid(browser, drawing.source, 'svg', settingsOf(drawing))
          results[i] = withSize(new TextDecoder().decode(data))
          report(drawing, performance.now() - start)
        } catch (error) {
          results[i] = error as Error
        }
      }
    }
    await Promise.all([worker(), worker()])
    return results
  })
}

/**
 * Gives the SVG the size that its view box asks for. Mermaid says `100%`, which is right for nobody but Mermaid:
 * as an image or by itself a small diagram would fill the window.
 */
function withSize(svg: string): string {
  const [head] = /^<svg [^>]*>/.exec(svg) ?? ['']
  const [, width, height] = / viewBox="\S+ \S+ (\S+) (\S+)"/.exec(head) ?? []
  if (width === undefined || height === undefined) return svg
  const plain = head.replace(/ (width|height)="[^"]*"/g, '').replace(/max-width: [^;"]*;? ?/, '')
  const size = `width="${Math.ceil(Number(width))}" height="${Math.ceil(Number(height))}"`
  return plain.replace(/>$/, ` ${size}>`) + svg.slice(head.length)
}
