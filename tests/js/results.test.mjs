import assert from 'node:assert/strict'
import { test } from 'node:test'
import { colourOf, extentOfShape, isKnown, resultLayers, resultLegend, signOf, surfaceSource } from '../../maps/static/maps/js/results.js'

const figure = {
  title: 'Taux', note: 'pour 1 000', field: 'rate', decimals: 1,
  steps: [{ low: null, high: 5, colour: '#111111' }, { low: 5, high: 10.5, colour: '#222222' }, { low: 10.5, high: null, colour: '#333333' }],
  lines: [{ code: '', label: 'sans valeur', colour: 'hatched', sign: '' }],
}
const classes = {
  title: 'Classe', note: '', field: 'classe', steps: [],
  lines: [{ code: 'haut', label: 'Haut', colour: '#b2182b', sign: '▲' }, { code: 'inconnu', label: 'Inconnu', colour: 'hatched', sign: '' }],
}

test('a figure is coloured by its steps, and hatched where it is absent', () => {
  assert.deepEqual(colourOf(figure)[2].slice(0, 3), ['step', ['coalesce', ['get', 'rate'], 0], '#111111'])
  assert.ok(colourOf(figure)[2][3] > 5, 'a class holds its upper limit')
  assert.deepEqual(isKnown(figure), ['has', 'rate'])
  assert.equal(signOf(figure), '')
})

test('one class only is one colour', () => {
  const one = { ...figure, steps: [{ low: null, high: null, colour: '#111111' }] }
  assert.deepEqual(colourOf(one), ['case', ['has', 'rate'], '#111111', '#8d99a6'])
})

test('classes are told by a mark too, and those without a colour are hatched', () => {
  assert.deepEqual(colourOf(classes), ['match', ['get', 'classe'], 'haut', '#b2182b', '#8d99a6'])
  assert.deepEqual(isKnown(classes), ['in', ['get', 'classe'], ['literal', ['haut']]])
  assert.deepEqual(signOf(classes), ['match', ['get', 'classe'], 'haut', '▲', ''])
})

test('every layer draws the rows, under one name each', () => {
  const layers = resultLayers(classes, 10)
  assert.ok(layers.every(({ source }) => source === 'result'))
  assert.equal(new Set(layers.map(({ id }) => id)).size, layers.length)
  assert.equal(layers.find(({ id }) => id === 'result-sign').layout['text-allow-overlap'], true)
  assert.equal(resultLayers(classes, 10_000).find(({ id }) => id === 'result-sign').layout['text-allow-overlap'], false)
})

test('the legend has a line a class, the highest first, then what has no value', () => {
  const { lines } = resultLegend(figure)
  assert.deepEqual(lines.map(({ colour }) => colour), ['#333333', '#222222', '#111111', 'hatched'])
  assert.match(lines[1].label, /5,0 à 10,5/)
})

test('the extent of a shape holds all its points', () => {
  const coordinates = [[[[3, 46], [3.2, 46.1], [3.1, 46.4], [3, 46]]], [[[4, 45], [4, 46], [5, 46], [4, 45]]]]
  assert.deepEqual(extentOfShape({ type: 'MultiPolygon', coordinates }), [3, 45, 5, 46.4])
  assert.deepEqual(extentOfShape({ type: 'Point', coordinates: [3, 46] }), [3, 46, 3, 46])
})

test('a surface is its tiles, and its cells still answer a click', () => {
  const surface = { ...figure, id: 'surface', lines: [], tiles: '/tiles/surfaces/7/{z}/{x}/{y}.png', deepest: 15 }
  assert.deepEqual(resultLayers(surface, 10).map(({ type }) => type), ['raster', 'fill', 'line'])
  assert.deepEqual(surfaceSource([figure, surface], 'https://a.fr'), {
    type: 'raster', tiles: ['https://a.fr/tiles/surfaces/7/{z}/{x}/{y}.png'], tileSize: 256, maxzoom: 15,
  })
  assert.equal(surfaceSource([figure, classes], 'https://a.fr'), null)
})
