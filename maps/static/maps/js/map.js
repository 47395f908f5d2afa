// The map: MapLibre, its French words, its failures told, its clicks given back as places.

import * as maplibregl from 'maplibre-gl'
import { diamond, hatching } from './images.js'
import { buildStyle, isShown, selected, tileAddress } from './style.js'

const LOCALE = {
  'AttributionControl.ToggleAttribution': 'Afficher les sources',
  'Map.Title': 'Carte',
  'NavigationControl.ResetBearing': 'Remettre au nord',
  'NavigationControl.ZoomIn': 'Zoomer',
  'NavigationControl.ZoomOut': 'Dézoomer',
  'ScaleControl.Meters': 'm',
  'ScaleControl.Kilometers': 'km',
}
const CLOSER = 2
const ONE_REPORT_ZOOM = 17

/** Say whether this browser can draw the map. */
export function canDraw() {
  return Boolean(document.createElement('canvas').getContext('webgl2'))
}

/** Create the map; `data-ready` is 1 on its element while everything asked is drawn. */
export function createMap(element, config, state, { hash = false, interactive = true, ...options } = {}) {
  const map = new maplibregl.Map({
    container: element,
    style: buildStyle(config, state, location.origin),
    locale: LOCALE,
    hash,
    interactive,
    attributionControl: config.basemap ? { compact: true } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 20,
    ...options,
  })
  map.addImage('hatching', hatching())
  map.addImage('diamond', diamond())
  if (interactive) {
    map.touchZoomRotate.disableRotation()
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right')
  }
  map.addControl(new maplibregl.ScaleControl({ unit: 'metric' }), 'bottom-right')
  element.dataset.ready = '0'
  map.on('dataloading', () => { element.dataset.ready = '0' })
  map.on('movestart', () => { element.dataset.ready = '0' })
  map.on('idle', () => { element.dataset.ready = '1' })
  return map
}

/** Show the state: filters in the tiles of the reports, layers on or off. */
export function applyState(map, config, state) {
  const address = tileAddress(config, 'signalements', state, location.origin)
  const source = map.getSource('signalements')
  if (source.tiles[0] !== address) source.setTiles([address])
  for (const { id } of map.getStyle().layers) {
    map.setLayoutProperty(id, 'visibility', isShown(id, state) ? 'visible' : 'none')
  }
}

/** Tell each failure once: a layer without its tiles, a base map out of reach. */
export function tellFailures(map, tell) {
  const told = new Set()
  map.on('error', ({ sourceId, error }) => {
    if (error?.name === 'AbortError' || told.has(sourceId)) return
    told.add(sourceId)
    if (sourceId === 'basemap') {
      map.setLayoutProperty('basemap', 'visibility', 'none')
      tell('Fond de plan indisponible : la carte reste lisible sans lui.')
    } else {
      tell(sourceId ? `La couche « ${sourceId} » n’a pas pu être chargée.` : 'Une partie de la carte n’a pas pu être dessinée.')
    }
  })
}

/** Give clicks and the Enter key as points of the screen; a click on a cluster comes closer instead. */
export function onPlace(map, show) {
  map.on('click', (event) => {
    const [cluster] = map.queryRenderedFeatures(event.point, { layers: ['clusters'] })
    if (!cluster) return show(event.point)
    const alone = cluster.properties.nombre === 1
    const zoom = alone ? Math.max(map.getZoom() + CLOSER, ONE_REPORT_ZOOM) : map.getZoom() + CLOSER
    map.easeTo({ center: cluster.geometry.coordinates, zoom })
  })
  map.getCanvas().addEventListener('keydown', (event) => {
    if (event.key === 'Enter') show(centre(map))
  })
  for (const layer of ['clusters', 'points', 'arretes']) {
    map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
  }
}

/** Give the point of the screen at the middle of the map. */
export function centre(map) {
  return map.project(map.getCenter())
}

/** Give the ids of the reports drawn under a point of the screen. */
export function reportsUnder(map, { x, y }, reach = 6) {
  const box = [[x - reach, y - reach], [x + reach, y + reach]]
  return map.queryRenderedFeatures(box, { layers: ['points'] }).map((feature) => feature.properties.id)
}

/** Outline an IRIS and a parcelle, none for empty codes. */
export function outline(map, { iris = '', parcelle = '' }) {
  map.setFilter('iris-selected', selected('code', iris))
  map.setFilter('parcelle-selected', selected('idu', parcelle))
}

/** Ring a position, none for null. */
export function ring(map, point) {
  const features = point ? [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: point } }] : []
  map.getSource('focus').setData({ type: 'FeatureCollection', features })
}

/** Give the extent shown: west, south, east, north. */
export function extentOf(map) {
  const bounds = map.getBounds()
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
}
