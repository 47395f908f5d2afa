import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseState } from '../../maps/static/maps/js/filters.js'
import { buildStyle, codeColour, isShown, rateColour, tileAddress } from '../../maps/static/maps/js/style.js'

const LAYER_NAMES = ['communes', 'iris', 'iris_taux', 'perimetres', 'sections', 'parcelles', 'batiments', 'adresses', 'signalements', 'arretes']
const config = {
  tiles: '/tiles/{layer}/{z}/{x}/{y}.mvt',
  layers: Object.fromEntries(LAYER_NAMES.map((name) => [name, { minzoom: name === 'parcelles' ? 14 : 0, key: 'code' }])),
  maxzoom: 16,
  groundZoom: 14,
  basemap: null,
  communes: [{ nom: 'Ambreuil', point: [1.3, 46.8] }],
  rates: [
    { low: null, high: 10, colour: '#aaaaaa' },
    { low: 10, high: 20, colour: '#bbbbbb' },
    { low: 20, high: null, colour: '#cccccc' },
  ],
  hotspots: [
    { code: 'chaud_99', label: 'x', colour: '#b2182b' },
    { code: 'non_significatif', label: 'y', colour: '#eeeeee' },
    { code: 'non_teste', label: 'z', colour: 'hatched' },
  ],
  statuses: [{ code: 'ACTIVE', label: 'en cours', colour: '#1f4e8c', hollow: false }, { code: '', label: 'autre', colour: '#888888', hollow: true }],
}
const origin = 'https://lhi.example'

function visible(search) {
  const style = buildStyle(config, parseState(search), origin)
  return style.layers.filter((layer) => layer.layout.visibility === 'visible').map((layer) => layer.id)
}

test('every layer of the style names a source that exists', () => {
  const style = buildStyle(config, parseState(''), origin)
  for (const layer of style.layers) if (layer.type !== 'background') assert.ok(style.sources[layer.source], layer.id)
  assert.equal(new Set(style.layers.map((layer) => layer.id)).size, style.layers.length)
})

test('nothing is asked from elsewhere: no glyphs, no sprite, tiles of our own origin', () => {
  const style = buildStyle(config, parseState(''), origin)
  assert.equal(style.glyphs, undefined)
  assert.equal(style.sprite, undefined)
  for (const source of Object.values(style.sources)) {
    for (const tile of source.tiles ?? []) assert.ok(tile.startsWith(`${origin}/tiles/`), tile)
  }
})

test('the filters go to the tiles of the reports and to no others', () => {
  const state = parseState('?statut=ACTIVE&du=2025-01-01')
  assert.equal(tileAddress(config, 'signalements', state, origin), `${origin}/tiles/signalements/{z}/{x}/{y}.mvt?du=2025-01-01&statut=ACTIVE`)
  assert.equal(tileAddress(config, 'parcelles', state, origin), `${origin}/tiles/parcelles/{z}/{x}/{y}.mvt`)
})

test('one representation of the IRIS at a time, its untested ones hatched', () => {
  assert.deepEqual(visible('').filter((id) => id.startsWith('iris-')), ['iris-rate', 'iris-no-rate', 'iris-selected'])
  assert.deepEqual(visible('?iris=points-chauds').filter((id) => id.startsWith('iris-')), ['iris-hotspot', 'iris-not-tested', 'iris-selected'])
  assert.deepEqual(visible('?iris=aucun').filter((id) => id.startsWith('iris-')), ['iris-selected'])
  const style = buildStyle(config, parseState(''), origin)
  const hatched = style.layers.filter((layer) => layer.paint?.['fill-pattern'])
  assert.deepEqual(hatched.map((layer) => layer.id), ['iris-no-rate', 'iris-not-tested'])
})

test('a layer that is switched off is hidden with its labels', () => {
  assert.ok(!visible('?couches=').some((id) => ['clusters', 'cluster-counts', 'points', 'parcelles', 'batiments'].includes(id)))
  assert.ok(isShown('communes', parseState('?couches=')))
})

test('without a run there is no choropleth', () => {
  const style = buildStyle({ ...config, rates: [] }, parseState(''), origin)
  assert.ok(!style.layers.some((layer) => layer.source === 'iris_taux'))
})

test('a rate on a limit takes the colour of the class below, as in the legend', () => {
  const [, input, first, ...stops] = rateColour(config.rates)
  assert.deepEqual(input, ['get', 'taux_lisse'])
  const colour = (rate) => {
    let found = first
    for (let i = 0; i < stops.length; i += 2) if (rate >= stops[i]) found = stops[i + 1]
    return found
  }
  assert.deepEqual([5, 10, 10.1, 20, 99].map(colour), ['#aaaaaa', '#aaaaaa', '#bbbbbb', '#bbbbbb', '#cccccc'])
})

test('codes take their colour, unknown ones the last', () => {
  assert.deepEqual(codeColour('statut', config.statuses), ['match', ['get', 'statut'], 'ACTIVE', '#1f4e8c', '', '#888888', '#888888'])
  assert.ok(!JSON.stringify(codeColour('classe', config.hotspots)).includes('hatched'))
})

test('a base map is drawn under everything, and only when one is given', () => {
  const basemap = { url: 'https://fonds.example/{z}/{x}/{y}.png', attribution: '© exemple' }
  const style = buildStyle({ ...config, basemap }, parseState(''), origin)
  assert.deepEqual(style.layers.slice(0, 2).map((layer) => layer.id), ['background', 'basemap'])
  assert.equal(style.sources.basemap.attribution, '© exemple')
})
