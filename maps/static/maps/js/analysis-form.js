// The form of an analysis: only what the chosen unit needs is shown, and a polygon is drawn on a map.

import { canDraw, centre, createMap, onPlace, tellFailures } from './map.js'

const STATE = { iris: 'aucun', couches: ['fond'], statut: [], du: '', au: '', territoire: '' }

const find = (id) => document.getElementById(id)
const unit = document.querySelector('[name=unit]')
const zone = document.querySelector('[name=zone]') // a perimeter to choose: the empty choice is the drawn one
const isDrawn = () => (zone ? zone.value === '' : unit.value === 'drawn')
const NEEDED = { zone_type: () => unit.value === 'zone', drawn: isDrawn }
const drawn = document.querySelector('[name=drawn]')
let points = []
let map = null

function showNeeded() {
  for (const [name, isNeeded] of Object.entries(NEEDED)) {
    const field = document.querySelector(`[data-field=${name}]`)
    if (field) field.hidden = !isNeeded()
  }
  if (drawn && isDrawn() && !map && canDraw()) startMap()
}

function startMap() {
  const config = JSON.parse(find('draw-config').textContent)
  find('draw').hidden = false
  points = given()
  map = createMap(find('map'), config, STATE, { bounds: config.bounds, fitBoundsOptions: { padding: 24 } })
  tellFailures(map, (text) => { find('map-status').textContent = text })
  onPlace(map, (point) => add(map.unproject(point)))
  find('draw-add').addEventListener('click', () => add(map.unproject(centre(map))))
  find('draw-undo').addEventListener('click', () => { points.pop(); redraw() })
  find('draw-clear').addEventListener('click', () => { points = []; redraw() })
  map.on('load', () => {
    map.addSource('drawn', { type: 'geojson', data: shape() })
    map.addLayer({ id: 'drawn-fill', type: 'fill', source: 'drawn', paint: { 'fill-color': '#0b63c5', 'fill-opacity': 0.15 } })
    map.addLayer({ id: 'drawn-line', type: 'line', source: 'drawn', paint: { 'line-color': '#0b63c5', 'line-width': 3 } })
    map.addLayer({ id: 'drawn-points', type: 'circle', source: 'drawn', paint: { 'circle-color': '#0b63c5', 'circle-radius': 5, 'circle-stroke-color': '#fff', 'circle-stroke-width': 2 } })
  })
}

// A polygon that the form came with, drawn for a former analysis, is on the map from the start
function given() {
  try {
    const { type, coordinates } = JSON.parse(drawn.value)
    return type === 'Polygon' && coordinates.length === 1 ? coordinates[0].slice(0, -1) : []
  } catch {
    return []
  }
}

function add({ lng, lat }) {
  points.push([Number(lng.toFixed(6)), Number(lat.toFixed(6))])
  redraw()
}

function redraw() {
  map.getSource('drawn')?.setData(shape())
  drawn.value = points.length > 2 ? JSON.stringify(polygon()) : ''
  const left = Math.max(3 - points.length, 0)
  find('map-status').textContent = left
    ? `${points.length} sommet${points.length > 1 ? 's' : ''} posé${points.length > 1 ? 's' : ''} ; encore ${left} au moins.`
    : `${points.length} sommets posés : le polygone est prêt.`
}

function polygon() {
  return { type: 'Polygon', coordinates: [[...points, points[0]]] }
}

function shape() {
  const geometries = points.map((point) => ({ type: 'Point', coordinates: point }))
  if (points.length > 2) geometries.push(polygon())
  else if (points.length === 2) geometries.push({ type: 'LineString', coordinates: points })
  return { type: 'FeatureCollection', features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })) }
}

unit?.addEventListener('change', showNeeded)
zone?.addEventListener('change', showNeeded)
if (unit) showNeeded()
