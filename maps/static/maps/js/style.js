// The style of the map, from the configuration of the page and the state: plain data, no map needed.

import { selectionSearch } from './filters.js'

const FONT = ['sans-serif']
const INK = '#1b2733'
const CLUSTER = '#173f5f'
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
const IRIS_FILLS = { taux: ['iris-rate', 'iris-no-rate'], 'points-chauds': ['iris-hotspot', 'iris-not-tested'], aucun: [] }

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
  return ['step', ['get', 'taux_lisse'], first.colour, ...others.flatMap((rate) => [rate.low + 1e-9, rate.colour])]
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
    ...(config.basemap ? [{ id: 'basemap', type: 'raster', source: 'basemap', paint: { 'raster-saturation': -0.6, 'raster-opacity': 0.85 } }] : []),
    ...(config.rates?.length ? irisFills(config) : []),
    ...ground(),
    ...outlines(),
    ...marks(config),
    ...labels(),
  ]
}

function irisFills(config) {
  const opacity = ['interpolate', ['linear'], ['zoom'], 13, 0.78, 16, 0.35]
  const fill = (id, filter, paint) => vector(id, 'iris_taux', 'fill', { filter, paint })
  const known = ['has', 'taux_lisse']
  const untested = ['==', ['get', 'classe'], 'non_teste']
  return [
    fill('iris-rate', known, { 'fill-color': rateColour(config.rates), 'fill-opacity': opacity }),
    fill('iris-no-rate', ['!', known], { 'fill-pattern': 'hatching' }),
    fill('iris-hotspot', ['!', untested], { 'fill-color': codeColour('classe', config.hotspots), 'fill-opacity': opacity }),
    fill('iris-not-tested', untested, { 'fill-pattern': 'hatching' }),
  ]
}

function ground() {
  return [
    vector('perimetres', 'perimetres', 'fill', { paint: { 'fill-color': '#6a4c93', 'fill-opacity': 0.1 } }),
    vector('parcelles', 'parcelles', 'line', { minzoom: 14, paint: { 'line-color': '#7d8894', 'line-width': ['interpolate', ['linear'], ['zoom'], 14, 0.3, 18, 1.1] } }),
    vector('batiments', 'batiments', 'fill', { minzoom: 14, paint: { 'fill-color': '#8d99a6', 'fill-opacity': 0.55, 'fill-outline-color': '#5c6874' } }),
    vector('sections', 'sections', 'line', { minzoom: 12, paint: { 'line-color': '#8a6d3b', 'line-width': 1, 'line-dasharray': [4, 3] } }),
  ]
}

function outlines() {
  return [
    vector('iris', 'iris', 'line', { paint: { 'line-color': '#5b6772', 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.3, 14, 1] } }),
    vector('perimetres-line', 'perimetres', 'line', { paint: { 'line-color': '#6a4c93', 'line-width': 2, 'line-dasharray': [3, 2] } }),
    vector('communes', 'communes', 'line', { paint: { 'line-color': INK, 'line-width': ['interpolate', ['linear'], ['zoom'], 7, 0.6, 13, 2] } }),
    vector('iris-selected', 'iris', 'line', { filter: selected('code', ''), paint: { 'line-color': '#0b63c5', 'line-width': 3 } }),
    vector('parcelle-selected', 'parcelles', 'line', { minzoom: 14, filter: selected('idu', ''), paint: { 'line-color': '#0b63c5', 'line-width': 3 } }),
  ]
}

function marks(config) {
  const radius = ['interpolate', ['linear'], ['sqrt', ['get', 'nombre']], 1, 6, 4, 11, 10, 16, 30, 26]
  const colour = codeColour('statut', config.statuses)
  const over = ['in', ['get', 'statut'], ['literal', config.statuses.filter((status) => status.hollow).map((status) => status.code)]]
  const size = ['interpolate', ['linear'], ['zoom'], 14, 4.5, 18, 8]
  return [
    vector('arretes', 'arretes', 'symbol', { layout: { 'icon-image': 'diamond', 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.6, 16, 1] } }),
    vector('clusters', 'signalements', 'circle', { filter: ['has', 'nombre'], paint: { 'circle-radius': radius, 'circle-color': CLUSTER, 'circle-opacity': 0.88, 'circle-stroke-color': '#fff', 'circle-stroke-width': 1.5 } }),
    vector('cluster-counts', 'signalements', 'symbol', {
      filter: ['all', ['has', 'nombre'], ['>', ['get', 'nombre'], 1]],
      layout: { 'text-field': ['number-format', ['get', 'nombre'], { locale: 'fr-FR' }], 'text-font': FONT, 'text-size': 12, 'text-allow-overlap': true },
      paint: { 'text-color': '#fff' },
    }),
    vector('points', 'signalements', 'circle', { filter: ['!', ['has', 'nombre']], paint: {
      'circle-radius': size, 'circle-color': ['case', over, '#fff', colour], 'circle-stroke-color': ['case', over, colour, '#fff'], 'circle-stroke-width': ['case', over, 2.4, 1.4] } }),
    { id: 'focus', type: 'circle', source: 'focus', paint: { 'circle-radius': 13, 'circle-opacity': 0, 'circle-stroke-color': '#0b63c5', 'circle-stroke-width': 3.5 } },
  ]
}

function labels() {
  const halo = { 'text-color': INK, 'text-halo-color': 'rgba(255,255,255,.92)', 'text-halo-width': 1.6 }
  return [
    vector('section-labels', 'sections', 'symbol', { minzoom: 13, layout: { 'text-field': ['slice', ['get', 'code'], 8], 'text-font': FONT, 'text-size': 12 }, paint: { ...halo, 'text-color': '#6b5228' } }),
    vector('adresses', 'adresses', 'symbol', { minzoom: 16, layout: { 'text-field': ['concat', ['get', 'numero'], ['get', 'rep']], 'text-font': FONT, 'text-size': 11, 'text-anchor': 'top', 'text-offset': [0, 0.6] }, paint: halo }),
    { id: 'commune-names', type: 'symbol', source: 'commune-names', maxzoom: 15, layout: { 'text-field': ['get', 'nom'], 'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 12, 13, 15], 'text-padding': 4 }, paint: halo },
  ]
}

function vector(id, layer, type, rest) {
  return { id, type, source: layer, 'source-layer': layer, ...rest }
}

function names(communes) {
  const features = communes.map(({ nom, point }) => ({ type: 'Feature', properties: { nom }, geometry: { type: 'Point', coordinates: point } }))
  return { type: 'FeatureCollection', features }
}
