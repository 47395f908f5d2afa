// What placing a report needs that is no drawing: distances, steps, coordinates as text, the keys.

const METRES_PER_DEGREE = 111_195
const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }
const LETTERS = { c: 'confirm', n: 'next', u: 'undo', s: 'search', p: 'pin', r: 'reject' }
const TYPED_IN = 'input:not([type=radio]):not([type=checkbox]), select, textarea'
const PRESSED = 'button, a, summary, input[type=checkbox]'

/** Give the distance of two points in metres, on a sphere, for points of one commune. */
export function apart([lon, lat], [otherLon, otherLat]) {
  const east = (otherLon - lon) * Math.cos((lat + otherLat) / 2 * Math.PI / 180)
  return Math.hypot(east, otherLat - lat) * METRES_PER_DEGREE
}

/** Give the point `step` metres further in the direction of an arrow key, null for another key. */
export function moved([lon, lat], key, step) {
  const direction = STEPS[key]
  if (!direction) return null
  const [east, north] = direction
  return [
    lon + east * step / (METRES_PER_DEGREE * Math.cos(lat * Math.PI / 180)),
    lat + north * step / METRES_PER_DEGREE,
  ]
}

export const degrees = {
  /** Write a coordinate to the decimetre. */
  write: (value) => value.toFixed(6),
  /** Read a coordinate written with a point or a comma; NaN for anything else. */
  read: (text) => (text.trim() ? Number(text.trim().replace(',', '.')) : NaN),
  /** Say a distance. */
  metres: (value) => (value < 1000 ? `${Math.round(value)} m` : `${(value / 1000).toFixed(1).replace('.', ',')} km`),
}

/** Say what a key asks: `{number}`, `{action}`, or null; letters can be turned off (WCAG 2.1.4). */
export function shortcutOf(event, { letters }) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return null
  const inside = (selector) => Boolean(event.target.closest?.(selector))
  if (inside(TYPED_IN)) return null
  if (event.key === 'Enter') return inside(PRESSED) ? null : { action: 'save' }
  if (!letters || event.repeat) return null
  if (/^[1-9]$/.test(event.key)) return { number: Number(event.key) }
  const action = LETTERS[event.key.toLowerCase()]
  return action ? { action } : null
}
