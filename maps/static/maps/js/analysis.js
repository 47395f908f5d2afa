// The page of an analysis, or of two side by side: its map, its legend, and the sheet of one unit.

import { formatNumber } from './format.js'
import { getJSON } from './http.js'
import { drawLegend } from './legend.js'
import { canDraw, centre, createMap, onPlace, tellFailures } from './map.js'
import { RESULT_LAYERS, extentOfShape, resultLayers, resultLegend, surfaceSource } from './results.js'

const STATE = { iris: 'aucun', couches: ['fond'], statut: [], du: '', au: '', territoire: '' }
const BELOW = 'communes' // the limits of the communes are drawn over the results
const CLOSE = 15

const find = (id) => document.getElementById(id)
const config = JSON.parse(find('analysis-config').textContent)
const choice = find('view')
const sheet = find('sheet')
const tell = (text) => { find('map-status').textContent = text }

let map = null
let rows = new Map()
let cameFrom = null

const view = () => config.views.find(({ id }) => id === choice?.value) ?? config.views[0]

function paint() {
  if (!config.views.length) return
  drawLegend(find('legend'), [resultLegend(view())])
  for (const id of RESULT_LAYERS) if (map?.getLayer(id)) map.removeLayer(id)
  if (map?.getSource('result')) for (const layer of resultLayers(view(), rows.size)) map.addLayer(layer, BELOW)
}

function show(feature, from) {
  const { nom, classe, ...figures } = feature.properties
  const list = document.createElement('dl')
  list.className = 'facts'
  if (config.classes[classe]) list.append(...pair('Classe', config.classes[classe]))
  for (const { name, label, unit, decimals } of config.columns) {
    const value = figures[name]
    const written = value === undefined ? '–' : `${formatNumber(value, decimals)}${unit ? ` ${unit}` : ''}`
    list.append(...pair(label, written))
  }
  find('sheet-title').textContent = nom
  find('sheet-content').replaceChildren(list)
  sheet.hidden = false
  map.setFilter('result-selected', ['==', ['get', 'code'], feature.properties.code])
  mark(feature.properties.code)
  cameFrom = from
  find('sheet-title').focus()
}

function close() {
  sheet.hidden = true
  map.setFilter('result-selected', ['==', ['get', 'code'], ''])
  mark('')
  cameFrom?.focus()
}

function mark(code) {
  for (const row of document.querySelectorAll('tr[data-code]')) row.classList.toggle('is-marked', row.dataset.code === code)
}

function describe(point, from) {
  const layers = ['result-fill', 'result-hatched', 'result-line', 'result-point'].filter((id) => map.getLayer(id))
  const [found] = map.queryRenderedFeatures([[point.x - 3, point.y - 3], [point.x + 3, point.y + 3]], { layers })
  if (!found) return tell('Aucune ligne de l’analyse à cet endroit.')
  tell('')
  show(rows.get(found.properties.code) ?? found, from)
}

function locate(code, from) {
  const feature = rows.get(code)
  if (!feature) return tell('Cette unité n’a pas de contour dans les registres importés.')
  const [west, south, east, north] = extentOfShape(feature.geometry)
  map.fitBounds([west, south, east, north], { padding: 60, maxZoom: CLOSE })
  show(feature, from)
  find('map').scrollIntoView({ block: 'nearest' })
}

function pair(term, text) {
  return [['dt', term], ['dd', text]].map(([name, content]) => Object.assign(document.createElement(name), { textContent: content }))
}

async function start() {
  map = createMap(find('map'), config, STATE, { bounds: config.bounds, fitBoundsOptions: { padding: 24 } })
  tellFailures(map, tell)
  onPlace(map, (point) => describe(point, map.getCanvas()))
  const loaded = new Promise((resolve) => { map.once('load', resolve) })
  try {
    const [data] = await Promise.all([getJSON(config.rows), loaded])
    rows = new Map(data.features.map((feature) => [feature.properties.code, feature]))
    map.addSource('result', { type: 'geojson', data })
    const surface = surfaceSource(config.views, location.origin)
    if (surface) map.addSource('surface', surface)
    paint()
    find('map').dataset.rows = rows.size
  } catch (error) {
    tell(error.message)
  }
  for (const button of document.querySelectorAll('[data-locate]')) {
    button.hidden = false
    button.addEventListener('click', () => locate(button.closest('tr').dataset.code, button))
  }
  find('describe').hidden = false
  find('describe').addEventListener('click', () => describe(centre(map), find('describe')))
}

choice?.addEventListener('change', paint)
find('sheet-close').addEventListener('click', close)
sheet.addEventListener('keydown', (event) => { if (event.key === 'Escape') close() })
paint()
if (canDraw()) start()
else find('map-fallback').hidden = false
