// The table of the same selection: same filters, same extent, rows and points that point at each other.

import { counted } from './format.js'
import { getPart, latestOnly } from './http.js'
import { selectionSearch } from './filters.js'

/** Give the address of the table for a state and, when there is a map, its extent. */
export function tableAddress(config, state, bbox) {
  const parts = new URLSearchParams(selectionSearch(state))
  if (bbox) parts.set('bbox', bbox.map((value) => value.toFixed(6)).join(','))
  if (state.tri) parts.set('tri', state.tri)
  if (state.page) parts.set('page', state.page)
  parts.set('partiel', '1')
  return `${config.urls.table}?${parts}`
}

/** Read the sort and the page that a link of the table asks for. */
export function askedBy(href) {
  const asked = new URLSearchParams(href.split('?')[1] ?? '')
  return { tri: asked.get('tri') ?? '', page: asked.get('page') ?? '' }
}

/** Wire the table; `onAsked({tri, page})`, `onPointed(point or null)` and `onLocate(point)` let the map follow. */
export function createTable(elements, config, { onAsked, onPointed, onLocate, onFailed }) {
  const { content, status } = elements
  const load = latestOnly((address, signal) => getPart(address, { signal }))
  let marked = new Set()
  let onMap = false

  async function refresh(state, bbox) {
    content.setAttribute('aria-busy', 'true')
    try {
      const html = await load(tableAddress(config, state, bbox))
      if (html === undefined) return
      const scrolled = content.querySelector('.table-scroll')?.scrollLeft ?? 0
      content.innerHTML = html // our own server's template, escaped there
      onMap = Boolean(bbox)
      content.querySelector('.table-scroll').scrollLeft = scrolled
      decorate()
      const count = Number(content.querySelector('[data-table]').dataset.count)
      status.textContent = counted(count, 'signalement')
    } catch (error) {
      onFailed(error.message)
    } finally {
      content.removeAttribute('aria-busy')
    }
  }

  function mark(ids) {
    marked = new Set(ids.map(String))
    decorate()
  }

  function decorate() {
    for (const row of content.querySelectorAll('tr[data-report]')) {
      row.classList.toggle('is-marked', marked.has(row.dataset.report))
      const button = row.querySelector('[data-locate]')
      if (button) button.hidden = !onMap
    }
  }

  content.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-listing]')
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      onAsked(askedBy(link.getAttribute('href')))
    }
    if (event.target.closest('[data-locate]')) onLocate(pointOf(event.target))
  })
  for (const [name, over] of [['mouseover', true], ['focusin', true], ['mouseout', false], ['focusout', false]]) {
    content.addEventListener(name, (event) => onPointed(over ? pointOf(event.target) : null))
  }
  return { refresh, mark }
}

function pointOf(element) {
  const row = element.closest('tr[data-lon]')
  return row ? [Number(row.dataset.lon), Number(row.dataset.lat)] : null
}
