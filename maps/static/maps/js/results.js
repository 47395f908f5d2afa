// How the rows of an analysis are drawn: plain data from the views of the page, no map needed.

import { classLabel } from './legend.js'

const HATCHED = 'hatched'
const GREY = '#8d99a6'
const SELECTED = '#0b63c5'
const MANY = 3000
// Class limits are an upper limit, those of a step expression a lower one: hence the smallest step over it
const JUST_OVER = 1e-9

export const RESULT_LAYERS = ['result-surface', 'result-fill', 'result-hatched', 'result-line', 'result-point', 'result-sign', 'result-selected']

/** Give the colour of a row in a view, as an expression. */
export function colourOf({ field, steps, lines }) {
  if (steps.length) {
    const [first, ...others] = steps
    const value = ['coalesce', ['get', field], 0]
    const step = others.length ? ['step', value, first.colour, ...others.flatMap(({ low, colour }) => [low + JUST_OVER, colour])] : first.colour
    return ['case', ['has', field], step, GREY]
  }
  const drawn = lines.filter(({ colour }) => colour !== HATCHED)
  if (!drawn.length) return GREY
  return ['match', ['get', field], ...drawn.flatMap(({ code, colour }) => [code, colour]), GREY]
}

/** Give the filter of the rows that have a colour of their own in a view; the others are hatched. */
export function isKnown({ field, steps, lines }) {
  if (steps.length) return ['has', field]
  const codes = lines.filter(({ colour }) => colour !== HATCHED).map(({ code }) => code)
  return ['in', ['get', field], ['literal', codes]]
}

/** Give the mark of each row: a view of classes is read without its colours; none for a figure. */
export function signOf({ field, steps, lines }) {
  const signed = lines.filter(({ sign }) => sign)
  if (steps.length || !signed.length) return ''
  return ['match', ['get', field], ...signed.flatMap(({ code, sign }) => [code, sign]), '']
}

/** Give the layers of the style for a view; `count` rows: too many marks would hide the map. */
export function resultLayers(view, count) {
  const polygons = ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]]
  const points = ['in', ['geometry-type'], ['literal', ['Point', 'MultiPoint']]]
  const source = 'result'
  const outline = { id: 'result-selected', type: 'line', source, filter: ['==', ['get', 'code'], ''], paint: { 'line-color': SELECTED, 'line-width': 3.5 } }
  if (view.tiles) {
    // No mean of two classes: a pixel has the colour of its own
    const paint = { 'raster-opacity': 0.78, 'raster-resampling': 'nearest', 'raster-fade-duration': 0 }
    const touched = { id: 'result-fill', type: 'fill', source, filter: polygons, paint: { 'fill-color': GREY, 'fill-opacity': 0 } }
    return [{ id: 'result-surface', type: 'raster', source: 'surface', paint }, touched, outline]
  }
  const colour = colourOf(view)
  const known = isKnown(view)
  return [
    { id: 'result-fill', type: 'fill', source, filter: ['all', polygons, known], paint: { 'fill-color': colour, 'fill-opacity': 0.78 } },
    { id: 'result-hatched', type: 'fill', source, filter: ['all', polygons, ['!', known]], paint: { 'fill-pattern': 'hatching' } },
    { id: 'result-line', type: 'line', source, filter: polygons, paint: { 'line-color': '#5b6772', 'line-width': 0.7 } },
    {
      id: 'result-point',
      type: 'circle',
      source,
      filter: points,
      paint: { 'circle-color': colour, 'circle-radius': byZoom(10, 2.5, 16, 8), 'circle-stroke-color': '#1b2733', 'circle-stroke-width': 1.2 },
    },
    {
      id: 'result-sign',
      type: 'symbol',
      source,
      layout: { 'text-field': signOf(view), 'text-font': ['sans-serif'], 'text-size': byZoom(10, 11, 14, 16), 'text-allow-overlap': count <= MANY },
      paint: { 'text-color': '#1b2733', 'text-halo-color': '#fff', 'text-halo-width': 1.6 },
    },
    outline,
  ]
}

function byZoom(from, low, to, high) {
  return ['interpolate', ['linear'], ['zoom'], from, low, to, high]
}

/** Give the source of the tiles of a surface, null for views that have none. */
export function surfaceSource(views, origin) {
  const view = views.find(({ tiles }) => tiles)
  return view ? { type: 'raster', tiles: [origin + view.tiles], tileSize: 256, maxzoom: view.deepest } : null
}

/** Give the block of the legend of a view. */
export function resultLegend({ title, note, steps, lines, decimals }) {
  const classes = steps.map((step) => ({ label: classLabel(step, decimals), mark: 'area', colour: step.colour })).reverse()
  return { title, note, lines: [...classes, ...lines.map((line) => ({ ...line, mark: 'area' }))] }
}

/** Give the extent of a GeoJSON geometry: west, south, east, north. */
export function extentOfShape({ coordinates }) {
  const flat = coordinates.flat(Infinity)
  const axis = (n) => flat.filter((_, i) => i % 2 === n)
  const [x, y] = [axis(0), axis(1)]
  const least = (values) => values.reduce((a, b) => Math.min(a, b))
  const most = (values) => values.reduce((a, b) => Math.max(a, b))
  return [least(x), least(y), most(x), most(y)]
}
