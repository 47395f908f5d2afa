import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted, formatDay, formatNumber } from '../../maps/static/maps/js/format.js'

const NARROW = '\u202f'

test('numbers are grouped by three and have a decimal comma', () => {
  assert.equal(formatNumber(1234567), `1${NARROW}234${NARROW}567`)
  assert.equal(formatNumber(12.345, 1), '12,3')
  assert.equal(formatNumber(5, 2), '5,00')
})

test('a day is written as in French, anything else is left as it is', () => {
  assert.equal(formatDay('2026-03-15'), '15/03/2026')
  assert.equal(formatDay('mars'), 'mars')
  assert.equal(formatDay(undefined), '')
})

test('zero and one are singular', () => {
  assert.equal(counted(0, 'signalement'), '0 signalement')
  assert.equal(counted(1, 'signalement'), '1 signalement')
  assert.equal(counted(1234, 'signalement'), `1${NARROW}234 signalements`)
})
