import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseState } from '../../maps/static/maps/js/filters.js'
import { classLabel, legendBlocks } from '../../maps/static/maps/js/legend.js'

const config = {
  groundZoom: 14,
  period: { since: '2025-01-01', until: '2025-12-31' },
  rates: [{ low: null, high: 14.6, colour: '#aaaaaa' }, { low: 14.6, high: null, colour: '#bbbbbb' }],
  hotspots: [{ code: 'chaud_99', label: 'Point chaud très net', colour: '#b2182b' }, { code: 'non_teste', label: 'Non testé', colour: 'hatched' }],
  statuses: [{ code: 'ACTIVE', label: 'en cours', colour: '#1f4e8c', hollow: false }, { code: '', label: 'autre', colour: '#888888', hollow: true }],
}
const titles = (search, zoom) => legendBlocks(config, parseState(search), zoom).map((block) => block.title)

test('the legend follows the representation', () => {
  assert.ok(titles('', 11).includes('Taux lissé de logements signalés'))
  assert.ok(titles('?iris=points-chauds', 11).includes('Points chauds du taux'))
  const [reports, others] = titles('?iris=aucun', 11)
  assert.deepEqual([reports, others], ['Signalements', 'Autres couches'])
})

test('the unit and the period are said', () => {
  const [, rates] = legendBlocks(config, parseState(''), 11)
  assert.match(rates.note, /pour 1.000 logements/)
  assert.match(rates.note, /du 01\/01\/2025 au 31\/12\/2025/)
})

test('the densest class is on top, what has no rate is hatched below', () => {
  const [, rates] = legendBlocks(config, parseState(''), 11)
  assert.deepEqual(rates.lines.map((line) => line.label), ['plus de 14,6', 'jusqu’à 14,6', 'moins de 11 logements, ou nombre inconnu'])
  assert.equal(rates.lines.at(-1).colour, 'hatched')
})

test('groups from afar, one mark a status from nearby', () => {
  const [far] = legendBlocks(config, parseState(''), 11)
  const [near] = legendBlocks(config, parseState(''), 15)
  assert.deepEqual(far.lines.map((line) => line.mark), ['cluster'])
  assert.deepEqual(near.lines.map((line) => line.label), ['en cours'])
})

test('a layer that is not drawn has no line', () => {
  const lines = (search, zoom) => legendBlocks(config, parseState(search), zoom).at(-1).lines.map((line) => line.label)
  assert.ok(!lines('', 11).includes('parcelle'))
  assert.ok(lines('', 15).includes('parcelle'))
  assert.ok(!lines('?couches=signalements', 15).includes('parcelle'))
  assert.ok(lines('?couches=arretes', 11).some((label) => label.startsWith('arrêté')))
})

test('without a run the legend says so', () => {
  const blocks = legendBlocks({ ...config, rates: [] }, parseState(''), 11)
  assert.match(blocks[1].note, /Aucune analyse/)
})

test('the limits of a class in words', () => {
  assert.equal(classLabel({ low: null, high: 10 }), 'jusqu’à 10')
  assert.equal(classLabel({ low: 10, high: 20.5 }), '10,0 à 20,5')
  assert.equal(classLabel({ low: 20, high: null }), 'plus de 20')
  assert.equal(classLabel({ low: null, high: null }), 'toutes les valeurs')
})
