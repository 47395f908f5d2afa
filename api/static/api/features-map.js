// The map of a page of OGC API Features: the features of the page over the outlines of the communes.

import { getJSON } from '../maps/js/http.js'
import { canDraw, createMap, tellFailures } from '../maps/js/map.js'
import { extentOfShape } from '../maps/js/results.js'

const STATE = { iris: 'aucun', couches: ['fond'], statut: [], du: '', au: '', territoire: '' }
const BELOW = 'communes'
const COLOUR = '#0b63c5'
const CLOSEST = 17

const config = JSON.parse(document.getElementById('map-config').textContent)
const tell = (text) => { document.getElementById('map-status').textContent = text }

const LAYERS = [
  { id: 'features-fill', type: 'fill', filter: isOneOf('Polygon', 'MultiPolygon'), paint: { 'fill-color': COLOUR, 'fill-opacity': 0.25 } },
  { id: 'features-line', type: 'line', filter: isOneOf('Polygon', 'MultiPolygon', 'LineString'), paint: { 'line-color': COLOUR, 'line-width': 1.2 } },
  { id: 'features-point', type: 'circle', filter: isOneOf('Point', 'MultiPoint'), paint: { 'circle-color': COLOUR, 'circle-radius': 5, 'circle-stroke-color': '#fff', 'circle-stroke-width': 1.2 } },
]

function isOneOf(...kinds) {
  return ['in', ['geometry-type'], ['literal', kinds]]
}

function extentOfAll(features) {
  const extents = features.filter(({ geometry }) => geometry).map(({ geometry }) => extentOfShape(geometry))
  if (!extents.length) return null
  const [west, south] = [0, 1].map((side) => Math.min(...extents.map((extent) => extent[side])))
  const [east, north] = [2, 3].map((side) => Math.max(...extents.map((extent) => extent[side])))
  return [west, south, east, north]
}

async function start() {
  try {
    const answer = await getJSON(config.features)
    const data = answer.type === 'Feature' ? { type: 'FeatureCollection', features: [answer] } : answer
    const bounds = extentOfAll(data.features) ?? config.bounds
    const map = createMap(document.getElementById('map'), config, STATE, bounds ? { bounds, fitBoundsOptions: { padding: 40, maxZoom: CLOSEST } } : {})
    tellFailures(map, tell)
    map.once('load', () => {
      map.addSource('features', { type: 'geojson', data })
      for (const layer of LAYERS) map.addLayer({ ...layer, source: 'features' }, BELOW)
      document.getElementById('map').dataset.features = data.features.length
    })
  } catch (error) {
    tell(error.message)
  }
}

if (canDraw()) start()
else document.getElementById('map-fallback').hidden = false
