// The explorer: the address, the form, the map, the legend, the sheet and the table kept in step.

import { fillForm, parseState, readForm, toSearch } from './filters.js'
import { drawLegend, legendBlocks } from './legend.js'
import { createPanel, extentAround } from './panel.js'
import { createTable } from './table.js'
import { applyState, canDraw, centre, createMap, extentOf, onPlace, outline, reportsUnder, ring, tellFailures } from './map.js'

const SETTLED_MS = 250
const NARROW = '(max-width: 900px)'
const LOCATED_ZOOM = 17

const find = (id) => document.getElementById(id)
const config = JSON.parse(find('explorer-config').textContent)
const form = find('filters')
const tell = (text) => { find('map-status').textContent = text }

let state = parseState(location.search)
let map = null
let settling = 0

const table = createTable({ content: find('table-content'), status: find('table-status') }, config, {
  onAsked: (asked) => change({ ...state, ...asked }),
  onPointed: (point) => map && ring(map, point),
  onLocate: (point) => {
    map.easeTo({ center: point, zoom: Math.max(map.getZoom(), LOCATED_ZOOM) })
    find('map').scrollIntoView({ block: 'nearest' })
  },
  onFailed: tell,
})

const panel = createPanel({ panel: find('panel'), content: find('panel-content'), close: find('panel-close') }, config, {
  onShown: ({ iris, parcelle, reports }) => {
    outline(map, { iris, parcelle })
    table.mark(reports)
  },
  onClosed: () => {
    outline(map, {})
    table.mark([])
  },
  onFailed: tell,
})

function change(next) {
  state = next
  history.pushState(null, '', `${location.pathname}${toSearch(state)}${location.hash}`)
  show()
}

function show() {
  fillForm(form, state)
  if (map?.isStyleLoaded()) applyState(map, config, state)
  else map?.once('load', () => applyState(map, config, state))
  drawLegend(find('legend'), legendBlocks(config, state, map ? map.getZoom() : 0))
  refreshTable()
}

function refreshTable() {
  clearTimeout(settling)
  settling = setTimeout(() => table.refresh(state, map ? extentOf(map) : null), SETTLED_MS)
}

function followTerritory(select) {
  const bounds = select.selectedOptions[0]?.dataset.bounds?.split(',').map(Number) ?? config.bounds
  map?.fitBounds(bounds, { padding: 24 })
}

// Bring out a place that the sheet, which lies over the right of the map, would hide.
function uncover(point) {
  const sheet = find('panel').getBoundingClientRect()
  const hidden = find('map').getBoundingClientRect().left + point.x - sheet.left
  if (getComputedStyle(find('panel')).position === 'absolute' && hidden > 0) map.panBy([hidden + 40, 0])
}

async function describe(point, from) {
  const place = { bbox: extentAround((pixel) => map.unproject(pixel), point), zoom: map.getZoom() }
  table.mark(reportsUnder(map, point))
  if (await panel.show(place, state, { from })) uncover(point)
}

function startMap() {
  map = createMap(find('map'), config, state, { hash: 'carte', bounds: config.bounds, fitBoundsOptions: { padding: 24 } })
  tellFailures(map, tell)
  onPlace(map, (point) => describe(point, map.getCanvas()))
  map.on('moveend', (event) => {
    if (event.originalEvent) state = { ...state, page: '' }
    find('zoom-hint').hidden = map.getZoom() >= config.groundZoom
    drawLegend(find('legend'), legendBlocks(config, state, map.getZoom()))
    refreshTable()
  })
  find('zoom-hint').hidden = map.getZoom() >= config.groundZoom
  find('describe').hidden = false
  find('describe').addEventListener('click', () => describe(centre(map), find('describe')))
}

form.addEventListener('change', (event) => {
  if (event.target.type === 'date' && event.target.value && !event.target.validity.valid) return
  change(readForm(form, state))
  if (event.target.name === 'territoire') followTerritory(event.target)
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  change(readForm(form, state))
})
find('reset').addEventListener('click', (event) => {
  event.preventDefault()
  change(parseState(''))
  map?.fitBounds(config.bounds, { padding: 24 })
})
window.addEventListener('popstate', () => {
  state = parseState(location.search)
  show()
})

form.querySelector('[type=submit]').hidden = true // each change applies at once
if (matchMedia(NARROW).matches) for (const group of document.querySelectorAll('details.group')) group.open = false
if (canDraw()) startMap()
else find('map-fallback').hidden = false
show()
