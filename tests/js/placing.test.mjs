import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apart, degrees, moved, shortcutOf } from '../../maps/static/maps/js/placing.js'

const HERE = [2.48, 48.9]
const pressed = (key, { on = '', ...more } = {}) => ({ key, target: { closest: (selector) => (on && selector.includes(on) ? {} : null) }, ...more })
const shortcut = (key, more = {}, letters = true) => shortcutOf(pressed(key, more), { letters })

test('an arrow moves by its metres in its direction', () => {
  for (const [key, axis, sign] of [['ArrowUp', 1, 1], ['ArrowDown', 1, -1], ['ArrowRight', 0, 1], ['ArrowLeft', 0, -1]]) {
    const next = moved(HERE, key, 10)
    assert.ok(Math.abs(apart(HERE, next) - 10) < 0.01, key)
    assert.ok((next[axis] - HERE[axis]) * sign > 0, key)
    assert.equal(next[1 - axis], HERE[1 - axis])
  }
  assert.equal(moved(HERE, 'Enter', 1), null)
})

test('a degree of latitude is 111 km, one of longitude less', () => {
  assert.ok(Math.abs(apart([2, 48], [2, 49]) - 111_195) < 1)
  assert.ok(Math.abs(apart([2, 60], [3, 60]) - 111_195 / 2) < 5)
})

test('coordinates are read as French and English write them', () => {
  assert.equal(degrees.read(' 2,4800 '), 2.48)
  assert.equal(degrees.read('-2.48'), -2.48)
  for (const text of ['', ' ', 'nord', '2,4,8']) assert.ok(Number.isNaN(degrees.read(text)), text)
  assert.equal(degrees.write(2.4800001), '2.480000')
  assert.deepEqual([degrees.metres(12.4), degrees.metres(1250)], ['12 m', '1,3 km'])
})

test('keys ask for an answer or an action', () => {
  assert.deepEqual(shortcut('3'), { number: 3 })
  assert.deepEqual(shortcut('N'), { action: 'next' })
  assert.deepEqual(shortcut('Enter'), { action: 'save' })
  for (const key of ['0', 'x', 'Tab', 'F5']) assert.equal(shortcut(key), null, key)
})

test('what is typed in a field, or with a modifier, is no shortcut', () => {
  assert.equal(shortcut('n', { on: 'select' }), null)
  for (const modifier of ['ctrlKey', 'altKey', 'metaKey', 'defaultPrevented', 'repeat']) {
    assert.equal(shortcut('n', { [modifier]: true }), null, modifier)
  }
})

test('Enter on a button is the button’s', () => {
  assert.equal(shortcut('Enter', { on: 'button' }), null)
})

test('letters and digits can be turned off, Enter cannot', () => {
  assert.equal(shortcut('n', {}, false), null)
  assert.equal(shortcut('3', {}, false), null)
  assert.deepEqual(shortcut('Enter', {}, false), { action: 'save' })
})
