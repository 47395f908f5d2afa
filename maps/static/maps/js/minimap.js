// The small map of one report or one place: its position or its extent, its parcelles, no table and no sheet.

import { canDraw, createMap, ring, tellFailures } from './map.js'

const STATE = { iris: 'aucun', couches: ['signalements', 'cadastre', 'adresses'], statut: [], du: '', au: '', territoire: '' }
const ZOOM = { numero: 18, declaree: 18, manuelle: 18, voie: 16, commune: 13 }

const element = document.getElementById('map')
const config = JSON.parse(document.getElementById('map-config').textContent)

const view = config.bounds
  ? { bounds: config.bounds, fitBoundsOptions: { padding: 60, maxZoom: 19 } }
  : { center: config.point, zoom: ZOOM[config.precision] ?? 15 }

if (canDraw()) {
  const map = createMap(element, config, STATE, view)
  tellFailures(map, (text) => { document.getElementById('map-status').textContent = text })
  map.on('load', () => {
    if (!config.bounds) ring(map, config.point)
    map.setFilter('parcelle-selected', ['in', ['get', 'idu'], ['literal', config.parcelles]])
  })
} else {
  document.getElementById('map-fallback').hidden = false
}
