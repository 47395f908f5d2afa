// The sheet that says what is at a place: asked from the server, shown beside the map, closed by Escape.

import { getPart, latestOnly } from './http.js'
import { selectionSearch } from './filters.js'

const REACH = 8 // pixels around the click

/** Give the address of the sheet for a place of the map. */
export function placeAddress(config, { bbox, zoom }, state) {
  const parts = new URLSearchParams(selectionSearch(state))
  parts.set('bbox', bbox.map((value) => value.toFixed(7)).join(','))
  parts.set('zoom', zoom.toFixed(2))
  parts.set('partiel', '1')
  return `${config.urls.place}?${parts}`
}

/** Give the extent of a few pixels around a point of the screen, by the map's own `unproject`. */
export function extentAround(unproject, { x, y }, reach = REACH) {
  const southWest = unproject([x - reach, y + reach])
  const northEast = unproject([x + reach, y - reach])
  return [southWest.lng, southWest.lat, northEast.lng, northEast.lat]
}

/** Wire the sheet; `onShown({iris, parcelle, reports})` and `onClosed()` let the map follow. */
export function createPanel(elements, config, { onShown, onClosed, onFailed }) {
  const { panel, content, close } = elements
  let returnTo = null
  const load = latestOnly((address, signal) => getPart(address, { signal }))

  async function show(place, state, { from = null } = {}) {
    try {
      const html = await load(placeAddress(config, place, state))
      if (html === undefined) return false
      content.innerHTML = html // our own server's template, escaped there
      panel.hidden = false
      returnTo = from
      content.querySelector('h2')?.focus({ preventScroll: true })
      onShown(shown(content))
      return true
    } catch (error) {
      onFailed(error.message)
      return false
    }
  }

  function hide() {
    if (panel.hidden) return
    panel.hidden = true
    content.replaceChildren()
    onClosed()
    returnTo?.focus()
  }

  close.addEventListener('click', hide)
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide()
  })
  return { show, hide }
}

function shown(content) {
  const place = content.querySelector('[data-place]')
  const reports = [...content.querySelectorAll('[data-report]')].map((item) => item.dataset.report)
  return { iris: place?.dataset.iris ?? '', parcelle: place?.dataset.parcelle ?? '', reports }
}
