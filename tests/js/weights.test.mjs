import assert from 'node:assert/strict'
import { test } from 'node:test'
import { points, readWeight, sayPoints, saySum } from '../../maps/static/maps/js/weights.js'

test('points are shares of a hundred, and only proportions matter', () => {
  assert.deepEqual(points([3, 1]), [75, 25])
  assert.deepEqual(points([6, 2]), points([3, 1]))
  assert.deepEqual(points([0, 0]), [0, 0])
  assert.deepEqual(points([]), [])
})

test('what is typed is read as a weight between the bounds', () => {
  assert.equal(readWeight('2,5', 10), 2.5)
  assert.equal(readWeight('12', 10), 10)
  assert.equal(readWeight('-1', 10), 0)
  assert.equal(readWeight('', 10), 0)
  assert.equal(readWeight('abc', 10), 0)
})

test('points and sums are said in French', () => {
  assert.equal(sayPoints(16.666), '16,7 pts')
  assert.equal(sayPoints(0), '–')
  assert.match(saySum([1.5, 2]), /3,5, soit 100 points/)
  assert.match(saySum([0, 0]), /n’est pas noté/)
})
