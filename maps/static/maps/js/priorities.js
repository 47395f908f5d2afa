// The weights: a slider beside each number, the points that each is worth, the criteria that do not rank these places.

import { points, readWeight, sayPoints, saySum } from './weights.js'

const unit = document.getElementById('unit')
const axes = [...document.querySelectorAll('.axis')]

function counted(axis) {
  return [...axis.querySelectorAll('.weight')].filter((weight) => !weight.hidden)
}

function tell(axis) {
  const fields = counted(axis)
  const weights = fields.map((field) => {
    const number = field.querySelector('.weight__number')
    return readWeight(number.value, Number(number.max))
  })
  points(weights).forEach((worth, n) => { fields[n].querySelector('output').textContent = sayPoints(worth) })
  axis.querySelector('[data-sum]').textContent = saySum(weights)
}

function showKinds() {
  for (const field of document.querySelectorAll('.weight')) {
    field.hidden = !field.dataset.kinds.split(' ').includes(unit.value)
  }
  axes.forEach(tell)
}

for (const axis of axes) {
  for (const field of axis.querySelectorAll('.weight')) {
    const slider = field.querySelector('.weight__slider')
    const number = field.querySelector('.weight__number')
    slider.hidden = false
    slider.addEventListener('input', () => { number.value = slider.value; tell(axis) })
    number.addEventListener('input', () => {
      slider.value = readWeight(number.value, Number(number.max))
      tell(axis)
    })
  }
}
unit.addEventListener('change', showKinds)
showKinds()
