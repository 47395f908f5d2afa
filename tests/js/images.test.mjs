import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diamond, hatching } from '../../maps/static/maps/js/images.js'

const pixel = ({ width, data }, x, y) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 4)]

test('the hatching has lines and ground, and repeats without a seam', () => {
  const image = hatching(12)
  const colours = new Set()
  for (let y = 0; y < 12; y++) for (let x = 0; x < 12; x++) colours.add(pixel(image, x, y).join())
  assert.equal(colours.size, 2)
  for (let x = 0; x < 11; x++) assert.deepEqual(pixel(image, x, 11), pixel(image, (x + 1 + 10) % 12, 0))
})

test('the diamond is dark in the middle, white at its edge, clear at its corners', () => {
  const image = diamond(21)
  assert.deepEqual(pixel(image, 10, 10), [27, 39, 51, 255])
  assert.deepEqual(pixel(image, 10, 0), [255, 255, 255, 255])
  assert.equal(pixel(image, 0, 0)[3], 0)
})
