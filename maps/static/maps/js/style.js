// The style of the map, from the configuration of the page and the state: plain data, no map needed.

import { selectionSearch } from './filters.js'

const FONT = ['sans-serif']
const MIN_DWELLINGS = 11
const INK = '#1b2733'
const CLUSTER = '#173f5f'
const SELECTED = '#0b63c5'
// The choices of the reader, and the layers of the style that each one shows
const SHOWN_BY = {
  signalements: ['clusters', 'cluster-counts', 'points'],
  arretes: ['arretes'],
  perimetres: ['perimetres', 'perimetres-line'],
  cadastre: ['parcelles', 'batiments'],
  sections: ['sections', 'section-labels'],
  adresses: ['adresses'],
  fond: ['basemap'],
}
const IRIS_FILLS = {
  taux: ['iris-rate', 'iris-no-rate'],
  'points-chauds': ['iris-hotspot', 'iris-not-tested'],
  aucun: [],
}

/** Give the whole style (MapLibre style specification 8). */
export function buildStyle(config, state, origin) {
  const style = { version: 8, sources: sources(config, state, origin), layers: layers(config) }
  for (const layer of style.layers) {
    layer.layout = { ...layer.layout, visibility: isShown(layer.id, state) ? 'visible' : 'none' }
  }
  return style
}

/** Say whether a layer of the style is shown in this state. */
export function isShown(id, state) {
  for (const [name, ids] of Object.entries(IRIS_FILLS)) if (ids.includes(id)) return state.iris === name
  for (const [name, ids] of Object.entries(SHOWN_BY)) if (ids.includes(id)) return state.couches.includes(name)
  return true
}

/** Give the address of the tiles of a layer; only those of the reports follow the filters. */
export function tileAddress(config, layer, state, origin) {
  const address = origin + config.tiles.replace('{layer}', layer)
  return layer === 'signalements' ? address + selectionSearch(state) : address
}

/** Give the colour of the smoothed rate as an expression, from the classes of the page. */
export function rateColour(rates) {
  const [first, ...others] = rates
  // The classes hold their upper limit, a step expression its lower one: hence the smallest step over it.
  const steps = others.flatMap((rate) => [rate.low + 1e-9, rate.colour])
  return ['step', ['get', 'taux_lisse'], first.colour, ...steps]
}

/** Give the colour of a code as an expression, from symbols whose last is for every other code. */
export function codeColour(field, symbols) {
  const drawn = symbols.filter((symbol) => symbol.colour.startsWith('#'))
  const others = drawn.at(-1).colour
  return ['match', ['get', field], ...drawn.flatMap((symbol) => [symbol.code, symbol.colour]), others]
}

/** Give the filter that keeps one object, none for an empty code. */
export function selected(field, code) {
  return ['==', ['get', field], code]
}

function sources(config, state, origin) {
  const made = {
    focus: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    'commune-names': { type: 'geojson', data: names(config.communes ?? []) },
  }
  for (const [name, layer] of Object.entries(config.layers)) {
    const maxzoom = Math.max(config.maxzoom, layer.minzoom)
    const tiles = [tileAddress(config, name, state, origin)]
    made[name] = { type: 'vector', tiles, minzoom: layer.minzoom, maxzoom, promoteId: layer.key }
  }
  if (config.basemap) {
    const { url, attribution } = config.basemap
    made.basemap = { type: 'raster', tiles: [url], tileSize: 256, maxzoom: 19, attribution }
  }
  return made
}

function layers(config) {
  return [
    { id: 'background', type: 'background', paint: { 'background-color': '#eef1f4' } },
    ...(config.basemap ? [basemap()] : []),
    ...(config.rates?.length ? irisFills(config) : []),
    ...ground(),
    ...outlines(),
    ...marks(config),
    ...labels(),
    ...counts(),
  ]
}

function basemap() {
  return { id: 'basemap', type: 'raster', source: 'basemap', paint: { 'raster-saturation': -0.6, 'raster-opacity': 0.85 } }
}

function irisFills(config) {
  const opacity = byZoom(13, 0.78, 16, 0.35)
  // Smoothing gives an area of a few dwellings the rate of the whole: no colour that it has not earned
  const known = ['>=', ['coalesce', ['get', 'logements'], 0], MIN_DWELLINGS]
  const untested = ['==', ['get', 'classe'], 'non_teste']
  const fill = (id, filter, paint) => vector(id, 'iris_taux', 'fill', { filter, paint })
  const coloured = (colour) => ({ 'fill-color': colour, 'fill-opacity': opacity })
  const hatched = { 'fill-pattern': 'hatching' }
  return [
    fill('iris-rate', known, coloured(rateColour(config.rates))),
    fill('iris-no-rate', ['!', known], hatched),
    fill('iris-hotspot', ['!', untested], coloured(codeColour('classe', config.hotspots))),
    fill('iris-not-tested', untested, hatched),
  ]
}

function ground() {
  const plots = {
    'line-color': '#7d8894',
    'line-width': byZoom(14, 0.3, 18, 1.1),
    'line-opacity': byZoom(14, 0.35, 16, 0.9),
  }
  const built = {
    'fill-color': '#8d99a6',
    'fill-opacity': byZoom(14, 0.3, 16, 0.55),
    'fill-outline-color': '#5c6874',
  }
  const sections = { 'line-color': '#8a6d3b', 'line-width': 1, 'line-dasharray': [4, 3] }
  return [
    vector('perimetres', 'perimetres', 'fill', { paint: { 'fill-color': '#6a4c93', 'fill-opacity': 0.1 } }),
    vector('parcelles', 'parcelles', 'line', { minzoom: 14, paint: plots }),
    vector('batiments', 'batiments', 'fill', { minzoom: 14, paint: built }),
    vector('sections', 'sections', 'line', { minzoom: 12, paint: sections }),
  ]
}

function outlines() {
  const line = (colour, width, more = {}) => ({ paint: { 'line-color': colour, 'line-width': width, ...more } })
  const chosen = line(SELECTED, 3)
  return [
    vector('iris', 'iris', 'line', line('#5b6772', byZoom(9, 0.3, 14, 1))),
    vector('perimetres-line', 'perimetres', 'line', line('#6a4c93', 2, { 'line-dasharray': [3, 2] })),
    vector('communes', 'communes', 'line', line(INK, byZoom(7, 0.6, 13, 2))),
    vector('iris-selected', 'iris', 'line', { filter: selected('code', ''), ...chosen }),
    vector('parcelle-selected', 'parcelles', 'line', { minzoom: 14, filter: selected('idu', ''), ...chosen }),
  ]
}

function marks(config) {
  const colour = codeColour('statut', config.statuses)
  const hollow = config.statuses.filter((status) => status.hollow).map((status) => status.code)
  const over = ['in', ['get', 'statut'], ['literal', hollow]]
  const orders = { 'icon-image': 'diamond', 'icon-allow-overlap': true, 'icon-size': byZoom(10, 0.6, 16, 1) }
  const groups = {
    'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'nombre']], 1, 5, 4, 10, 10, 14, 45, 21],
    'circle-color': CLUSTER,
    'circle-opacity': 0.88,
    'circle-stroke-color': '#fff',
    'circle-stroke-width': 1.5,
  }
  const reports = {
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 14, 2.6, 16, 4.8, 18, 8],
    'circle-color': ['case', over, '#fff', colour],
    'circle-stroke-color': ['case', over, colour, '#fff'],
    'circle-stroke-width': byZoom(14, 1.1, 17, 2),
  }
  const ring = { 'circle-radius': 13, 'circle-opacity': 0, 'circle-stroke-color': SELECTED, 'circle-stroke-width': 3.5 }
  return [
    vector('arretes', 'arretes', 'symbol', { layout: orders }),
    vector('clusters', 'signalements', 'circle', { filter: ['has', 'nombre'], paint: groups }),
    vector('points', 'signalements', 'circle', { filter: ['!', ['has', 'nombre']], paint: reports }),
    { id: 'focus', type: 'circle', source: 'focus', paint: ring },
  ]
}

function labels() {
  const halo = { 'text-color': INK, 'text-halo-color': 'rgba(255,255,255,.92)', 'text-halo-width': 1.6 }
  const text = (field, size, more = {}) => ({ 'text-field': field, 'text-font': FONT, 'text-size': size, ...more })
  const number = ['concat', ['get', 'numero'], ['get', 'rep']]
  const below = { 'text-anchor': 'top', 'text-offset': [0, 0.6] }
  const aside = {
    'text-padding': 6,
    'text-variable-anchor-offset': ['center', [0, 0], 'top', [0, 1.4], 'bottom', [0, -1.4], 'top', [0, 2.8], 'bottom', [0, -2.8]],
  }
  const names = text(['get', 'nom'], byZoom(9, 12, 13, 15), aside)
  const letters = text(['slice', ['get', 'code'], 8], 12)
  return [
    vector('section-labels', 'sections', 'symbol', { minzoom: 13, layout: letters, paint: { ...halo, 'text-color': '#6b5228' } }),
    vector('adresses', 'adresses', 'symbol', { minzoom: 16, layout: text(number, 11, below), paint: halo }),
    { id: 'commune-names', type: 'symbol', source: 'commune-names', maxzoom: 15, layout: names, paint: halo },
  ]
}

// Drawn last, hence placed first: the names of the communes step aside for the counts.
function counts() {
  const number = ['number-format', ['get', 'nombre'], { locale: 'fr-FR' }]
  return [
    vector('cluster-counts', 'signalements', 'symbol', {
      filter: ['all', ['has', 'nombre'], ['>', ['get', 'nombre'], 1]],
      layout: { 'text-field': number, 'text-font': FONT, 'text-size': 12, 'text-allow-overlap': true },
      paint: { 'text-color': '#fff' },
    }),
  ]
}

function byZoom(from, low, to, high) {
  return ['interpolate', ['linear'], ['zoom'], from, low, to, high]
}

function vector(id, layer, type, rest) {
  return { id, type, source: layer, 'source-layer': layer, ...rest }
}

function names(communes) {
  const features = communes.map(({ nom, point }) => {
    return { type: 'Feature', properties: { nom }, geometry: { type: 'Point', coordinates: point } }
  })
  return { type: 'FeatureCollection', features }
}
