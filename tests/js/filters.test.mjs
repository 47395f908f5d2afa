import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LAYERS, parseState, selectionSearch, toSearch } from '../../maps/static/maps/js/filters.js'

test('an address without filters gives the defaults, and writes nothing back', () => {
  const state = parseState('')
  assert.deepEqual(state.couches, DEFAULT_LAYERS)
  assert.equal(state.iris, 'taux')
  assert.equal(toSearch(state), '')
})

test('what is written is read back as it was', () => {
  const state = {
    du: '2025-01-01', au: '2025-12-31', territoire: '36901', statut: ['ACTIVE', 'CLOSED'],
    iris: 'points-chauds', couches: ['arretes', 'cadastre'], tri: '-criticite', page: '3',
  }
  assert.deepEqual(parseState(toSearch(state)), state)
  assert.match(toSearch(state), /statut=ACTIVE,CLOSED/)
})

test('boxes that a browser without script sends one by one are the same selection', () => {
  assert.deepEqual(parseState('?statut=ACTIVE&statut=CLOSED').statut, ['ACTIVE', 'CLOSED'])
})

test('no layer at all is a choice, and is kept', () => {
  const state = { ...parseState(''), couches: [] }
  assert.deepEqual(parseState(toSearch(state)).couches, [])
})

test('unknown layers and representations are forgotten', () => {
  const state = parseState('?iris=arc-en-ciel&couches=signalements,licornes')
  assert.equal(state.iris, 'taux')
  assert.deepEqual(state.couches, ['signalements'])
})

test('only what filters the reports goes to the tiles', () => {
  const state = parseState('?du=2025-01-01&iris=aucun&tri=statut&page=2&couches=arretes')
  assert.equal(selectionSearch(state), '?du=2025-01-01')
})

test('the first page is the default', () => {
  assert.equal(toSearch({ ...parseState(''), page: '1' }), '')
})
