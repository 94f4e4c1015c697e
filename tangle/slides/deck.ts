// A deck: the slides of a chapter as one page that needs nothing else, on a screen, on paper and without a script.
import { readFileSync } from 'node:fs'
import { escape } from '../weave/html.ts'
import type { Slide } from './cut.ts'

const own = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export function deckHtml(title: string, lang: string, slides: Slide[]): string {
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="loom">
<title>${escape(title)}: slides</title>
<style>
${own('deck.css')}</style>
</head>
<body>
<main>
${slides.map(slideHtml).join('\n')}
</main>
<footer>
<nav aria-label="Slides">
<button type="button" id="back">Back</button>
<output id="place" aria-live="off"></output>
<button type="button" id="on">Next</button>
</nav>
<span><a href="index.html">All decks</a> <button type="button" id="theme">Light or dark</button></span>
</footer>
<script>
${own('deck.js')}</script>
</body>
</html>
`
}

function slideHtml({ title, kind, body }: Slide, i: number): string {
  return `<section class="slide ${kind}" id="${i + 1}" aria-labelledby="title-${i + 1}">
<h1 id="title-${i + 1}" tabindex="-1">${escape(title)}</h1>
<div class="body">${body}</div>
</section>`
}

/** The list of the decks. */
export function indexHtml(lang: string, decks: { title: string; url: string; count: number }[]): string {
  const items = decks.map(({ title, url, count }) => `<li><a href="${escape(encodeURI(url))}">${escape(title)}</a>, ${count} slides</li>`)
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides</title>
<style>
${own('deck.css')}</style>
</head>
<body class="index">
<main>
<h1>Slides</h1>
<p>A deck for each chapter. Space, Page Down and the arrows turn; Home and End go to the ends. Printed, each slide is a page.</p>
<ol>
${items.join('\n')}
</ol>
</main>
</body>
</html>
`
}
