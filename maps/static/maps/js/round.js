// The round of visits: its numbered stops and the way between them, one colour a day; and the print button.

import * as maplibregl from 'maplibre-gl'
import { canDraw, createMap, onPlace, tellFailures } from './map.js'

const STATE = { iris: 'aucun', couches: ['cadastre', 'fond'], statut: [], du: '', au: '', territoire: '' }
const COLOURS = ['#14506b', '#8a3b12', '#2e6b3f', '#6a4c93', '#7a5c00', '#7b2d50']

const element = document.getElementById('map')
const config = JSON.parse(document.getElementById('map-config').textContent)

const button = document.getElementById('print')
button.hidden = false
button.addEventListener('click', () => window.print())

function lines() {
  const features = config.days.map((coordinates, day) => ({
    type: 'Feature',
    properties: { colour: COLOURS[day % COLOURS.length] },
    geometry: { type: 'LineString', coordinates: [config.start, ...coordinates, ...(config.comesBack ? [config.start] : [])] },
  }))
  return { type: 'FeatureCollection', features }
}

function mark(number, day) {
  const stop = document.createElement('span')
  stop.className = `stop__number stop__number--${(day % COLOURS.length) + 1}`
  stop.textContent = number
  return stop
}

// Where the map is clicked next, or its centre by Enter, the round leaves from: the page is asked again
function chooseOnMap(map, tell) {
  const button = document.getElementById('start-on-map')
  button.hidden = false
  button.addEventListener('click', () => {
    tell('Cliquez le point de départ sur la carte ; au clavier, déplacez la carte avec les flèches puis Entrée.')
    map.getCanvas().focus()
    element.scrollIntoView({ block: 'center' })
    onPlace(map, (point) => {
      const { lng, lat } = map.unproject(point)
      const address = new URL(window.location.href)
      address.searchParams.set('depart', `${lng.toFixed(5)},${lat.toFixed(5)}`)
      address.hash = ''
      window.location.assign(address)
    })
  }, { once: true })
}

function startMark() {
  const start = document.createElement('span')
  start.className = 'stop__number stop__number--start'
  start.textContent = 'D'
  start.title = 'Départ'
  return start
}

if (canDraw()) {
  const view = { bounds: config.bounds, fitBoundsOptions: { padding: 45, maxZoom: 17 } }
  const map = createMap(element, config, STATE, { ...view, canvasContextAttributes: { preserveDrawingBuffer: true } })
  const tell = (text) => { document.getElementById('map-status').textContent = text }
  tellFailures(map, tell)
  chooseOnMap(map, tell)
  map.on('load', () => {
    map.addSource('round', { type: 'geojson', data: lines() })
    map.addLayer({ id: 'round', type: 'line', source: 'round', paint: { 'line-color': ['get', 'colour'], 'line-width': 2.5, 'line-dasharray': [2, 1.5] } })
  })
  // On paper the map has another shape: all the stops must still be on it
  window.matchMedia('print').addEventListener('change', () => {
    map.resize()
    map.fitBounds(config.bounds, { ...view.fitBoundsOptions, duration: 0 })
  })
  if (config.startsElsewhere) new maplibregl.Marker({ element: startMark() }).setLngLat(config.start).addTo(map)
  let number = 0
  config.days.forEach((stops, day) => stops.forEach((stop) => {
    number += 1
    new maplibregl.Marker({ element: mark(number, day) }).setLngLat(stop).addTo(map)
  }))
} else {
  document.getElementById('map-fallback').hidden = false
}
