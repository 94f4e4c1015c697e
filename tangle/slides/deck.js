// One slide at a time. The address ends in its number, so that a slide can be linked and a reload stays.
const slides = [...document.querySelectorAll('.slide')]
const place = document.getElementById('place')
const number = () => Math.min(slides.length, Math.max(1, Number(location.hash.slice(1)) || 1))

function show(isTurned) {
  const now = number()
  slides.forEach((slide, i) => { slide.hidden = i + 1 !== now })
  place.textContent = `${now} of ${slides.length}`
  document.getElementById('back').disabled = now === 1
  document.getElementById('on').disabled = now === slides.length
  scrollTo(0, 0)
  // The title takes the focus, so that a screen reader goes on from there.
  if (isTurned) slides[now - 1].querySelector('h1').focus({ preventScroll: true })
}

const turnTo = (to) => {
  const wanted = Math.min(slides.length, Math.max(1, to))
  if (wanted !== number()) location.hash = String(wanted)
}

const keys = { ArrowRight: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, PageUp: -1, Home: -Infinity, End: Infinity }
addEventListener('keydown', (event) => {
  const step = keys[event.key]
  if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return
  const isOnControl = event.target.closest?.('button, a')
  if (event.key === ' ' && isOnControl) return
  event.preventDefault()
  turnTo(number() + (event.key === ' ' && event.shiftKey ? -1 : step))
})
addEventListener('hashchange', () => show(true))
document.getElementById('back').addEventListener('click', () => turnTo(number() - 1))
document.getElementById('on').addEventListener('click', () => turnTo(number() + 1))
document.getElementById('theme').addEventListener('click', () => {
  const root = document.documentElement
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset.theme = isDark ? 'light' : 'dark'
})
document.documentElement.classList.add('turning')
show(false)
