// What a weight is worth: its share of the weights of its axis, in the words of the page. No page needed.

const POINTS = 100
const format = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

/** Give the points of 100 that each weight is worth, 0 for all when they sum to 0. */
export function points(weights) {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => (sum > 0 ? (POINTS * weight) / sum : 0))
}

/** Read what was typed as a weight: a number from 0 to `most`, 0 for anything else. */
export function readWeight(text, most) {
  const weight = Number(String(text).replace(',', '.'))
  return Number.isFinite(weight) ? Math.min(Math.max(weight, 0), most) : 0
}

/** Say the points of one weight. */
export function sayPoints(value) {
  return value > 0 ? `${format.format(value)} pts` : '–'
}

/** Say the sum of an axis. */
export function saySum(weights) {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return sum > 0
    ? `Somme des poids : ${format.format(sum)}, soit 100 points`
    : 'Somme des poids : 0. Cet axe n’est pas noté.'
}
