// What the pages of a woven book do beyond being read. Without this script they are whole, only less handy.
;(() => {
  const root = document.documentElement
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties)
    element.append(...children)
    return element
  }
  const store = {
    get(key) {
      try {
        return localStorage.getItem(key) ?? ''
      } catch {
        return '' // a browser that keeps nothing
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, value)
      } catch {
        // then the choice lasts as long as the page
      }
    },
  }

  // ---- the theme: the system's, or the reader's own ----
  const themes = { '': 'Auto', light: 'Light', dark: 'Dark' }
  const themeButton = make('button', { type: 'button' })
  const showTheme = (theme) => {
    root.dataset.theme = theme
    themeButton.textContent = `Theme: ${themes[theme] ?? 'Auto'}`
  }
  themeButton.addEventListener('click', () => {
    const names = Object.keys(themes)
    const next = names[(names.indexOf(root.dataset.theme ?? '') + 1) % names.length]
    store.set('loom-theme', next)
    showTheme(next)
  })
  showTheme(store.get('loom-theme') in themes ? store.get('loom-theme') : '')

  // ---- blocks: a link to each, its types as a list, and copying ----
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      const field = make('textarea', { value: text })
      document.body.append(field)
      field.select()
      document.execCommand('copy')
      field.remove()
    }
  }
  const codeIn = (pre) => {
    const clone = pre.cloneNode(true)
    for (const link of clone.querySelectorAll('.back')) link.remove()
    return clone.textContent.replace(/\n$/, '')
  }
  const copyButton = (pre) => {
    const button = make('button', { type: 'button', textContent: 'Copy' })
    button.addEventListener('click', async () => {
      await copy(codeIn(pre))
      button.textContent = 'Copied'
      setTimeout(() => (button.textContent = 'Copy'), 1500)
    })
    return button
  }
  for (const figure of document.querySelectorAll('figure.code')) {
    const pre = figure.querySelector('pre')
    const buttons = make('span', { className: 'buttons' })
    if (figure.id) buttons.append(make('a', { href: `#${figure.id}`, textContent: 'Link' }))
    if (pre.dataset.types) buttons.append(typesButton(pre))
    buttons.append(copyButton(pre))
    const caption = figure.querySelector('figcaption')
    if (caption) caption.after(buttons)
    else figure.prepend(buttons)
  }

  // ---- types: one table of texts a page, loaded when it is first asked for; a block lists its identifiers in order ----
  let loadingTypes
  function loadTypes() {
    loadingTypes ??= loadScript(location.pathname.replace(/^.*\//, '').replace(/(\.html)?$/, '.types.js'))
    return loadingTypes
  }
  async function textOf(name) {
    const pre = name.closest('pre[data-types]')
    if (!pre) return undefined
    await loadTypes()
    const index = [...pre.querySelectorAll('var')].indexOf(name)
    return globalThis.loomTypes[Number(pre.dataset.types.split(' ')[index])]
  }
  function typesButton(pre) {
    const button = make('button', { type: 'button', textContent: 'Types', ariaExpanded: 'false' })
    let shown
    button.addEventListener('click', async () => {
      if (shown) shown.remove()
      shown = shown ? undefined : await typesList(pre)
      if (shown) pre.after(shown)
      button.ariaExpanded = String(Boolean(shown))
    })
    return button
  }
  async function typesList(pre) {
    await loadTypes()
    const items = [...new Set(pre.dataset.types.split(' '))].map((index) => make('li', { textContent: globalThis.loomTypes[index] }))
    return make('ul', { className: 'types', tabIndex: 0, ariaLabel: 'Types of the names in this block' }, ...items)
  }
  const tip = make('div', { id: 'type', hidden: true })
  tip.setAttribute('role', 'tooltip')
  document.body.append(tip)
  let timer
  const hide = () => {
    clearTimeout(timer)
    tip.hidden = true
  }
  const show = async (name) => {
    const text = await textOf(name)
    if (!text) return hide()
    const [signature, ...said] = text.split('\n\n')
    tip.replaceChildren(signature, ...(said.length > 0 ? ['\n', make('span', { className: 'said', textContent: said.join('\n') })] : []))
    tip.hidden = false
    const box = name.getBoundingClientRect()
    const left = Math.max(8, Math.min(box.left, root.clientWidth - tip.offsetWidth - 8))
    const under = box.bottom + 4 + tip.offsetHeight < innerHeight || box.top < tip.offsetHeight
    tip.style.left = `${left + scrollX}px`
    tip.style.top = `${(under ? box.bottom + 4 : box.top - tip.offsetHeight - 4) + scrollY}px`
  }
  // It stays while the pointer is on the name or on the tip itself, and goes with Escape.
  document.addEventListener('pointerover', ({ target, pointerType }) => {
    if (pointerType === 'touch' || !(target instanceof Element)) return
    if (target.closest('#type')) return clearTimeout(timer)
    const name = target.closest('pre[data-types] var')
    clearTimeout(timer)
    timer = name ? setTimeout(() => void show(name), 120) : setTimeout(hide, 220)
  })
  document.addEventListener('click', ({ target }) => {
    const name = target.closest('pre[data-types] var')
    if (name) void show(name)
    else if (!target.closest('#type')) hide()
  })

  // ---- the search ----
  const { dialog, open } = makeSearch()
  document.body.append(dialog)
  function makeSearch() {
    const field = make('input', { type: 'text', enterKeyHint: 'search', autocomplete: 'off', spellcheck: false, id: 'search' })
    const label = make('label', { htmlFor: 'search', textContent: 'Search the book' })
    const status = make('p', { role: 'status' })
    const results = make('ol')
    const close = make('button', { type: 'button', textContent: 'Close' })
    const box = make('dialog', {}, label, field, status, results, keysText(), close)
    box.setAttribute('aria-label', 'Search')
    close.addEventListener('click', () => box.close())
    field.addEventListener('input', () => void find(field.value, results, status))
    box.addEventListener('click', ({ target }) => (target === box || target.closest('li a')) && box.close())
    box.addEventListener('keydown', (event) => step(event, field, results))
    return {
      dialog: box,
      open: () => {
        if (!box.open) box.showModal()
        field.select()
        field.focus()
        return load().catch(() => (status.textContent = 'The index cannot be loaded.'))
      },
    }
  }
  let index
  let loading
  /** Plain scripts, since pages from the disk may load nothing else. */
  function load() {
    loading ??= ['assets/minisearch.js', 'assets/search.js']
      .reduce((before, path) => before.then(() => loadScript(root.dataset.root + path)), Promise.resolve())
      .then(() => (index = globalThis.MiniSearch.loadJSON(globalThis.loomIndex, { fields: ['t', 'h', 'x'], storeFields: ['t', 'h', 'k', 'u'] })))
    return loading
  }
  function loadScript(path) {
    return new Promise((done, fail) => document.head.append(make('script', { src: path, onload: done, onerror: fail })))
  }
  async function find(words, results, status) {
    await load()
    if (words.trim() === '') return results.replaceChildren((status.textContent = ''))
    const boost = { t: 4, h: 1.5 }
    const found = index.search(words, { boost, prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : false), combineWith: 'AND' })
    status.textContent = found.length === 0 ? 'Nothing found.' : found.length === 1 ? 'One result.' : `${found.length} results.`
    results.replaceChildren(...found.slice(0, 30).map(resultOf))
  }
  function resultOf({ t, h, k, u }) {
    const link = make('a', { href: root.dataset.root + u }, t, make('span', { textContent: [k, h].filter(Boolean).join(' · ') }))
    return make('li', {}, link)
  }
  /** Up and down go through the results; nothing else is taken from the keyboard. */
  function step(event, field, results) {
    const links = [...results.querySelectorAll('a')]
    const at = links.indexOf(document.activeElement)
    if (event.key === 'Enter' && document.activeElement === field) return links[0]?.click()
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!move || (at < 0 && document.activeElement !== field)) return
    event.preventDefault()
    ;(links[at + move] ?? (move < 0 ? field : links[at]))?.focus()
  }

  // ---- keys: single letters, without modifiers, outside of fields; they can be switched off ----
  function keysText() {
    const box = make('input', { type: 'checkbox', checked: store.get('loom-keys') !== 'off' })
    box.addEventListener('change', () => store.set('loom-keys', box.checked ? '' : 'off'))
    const key = (name) => make('kbd', { textContent: name })
    const words = [key('/'), ' search  ', key('n'), ' next page  ', key('p'), ' previous page  ', key('c'), ' contents  ']
    return make('div', { className: 'keys' }, make('p', {}, ...words), make('label', {}, box, ' Keys of one letter are on'))
  }
  const go = (selector) => document.querySelector(selector)?.click()
  const keys = {
    '/': () => open(),
    n: () => go('.turn [rel=next]'),
    p: () => go('.turn [rel=prev]'),
    c: () => go('.top li:nth-child(2) a'),
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide()
    const field = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')
    if (event.ctrlKey || event.metaKey || event.altKey || field || dialog.open || store.get('loom-keys') === 'off') return
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined
    if (!act) return
    event.preventDefault()
    act()
  })
  const searchButton = make('button', { type: 'button', textContent: 'Search' })
  searchButton.addEventListener('click', open)
  document.querySelector('.tools').append(searchButton, themeButton)

  // ---- what scrolls sideways can be reached by keyboard, and paper shows all ----
  const reach = () => {
    for (const box of document.querySelectorAll('.wide, .picture')) {
      const scrolls = box.scrollWidth > box.clientWidth
      if (scrolls) {
        box.tabIndex = 0
        box.setAttribute('role', 'group')
        box.ariaLabel = box.matches('.wide') ? 'A table that scrolls sideways' : 'A picture that scrolls sideways'
      } else for (const name of ['tabindex', 'role', 'aria-label']) box.removeAttribute(name)
    }
  }
  addEventListener('resize', reach)
  reach()
  let opened = []
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')]
    for (const details of opened) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false
  })
})()
