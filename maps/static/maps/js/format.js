// Numbers and dates as they are written in French.

const numbers = new Map()

function formatter(places) {
  if (!numbers.has(places)) {
    const digits = { minimumFractionDigits: places, maximumFractionDigits: places }
    numbers.set(places, new Intl.NumberFormat('fr-FR', digits))
  }
  return numbers.get(places)
}

/** Give a number with its decimal comma and its groups of three digits. */
export function formatNumber(value, places = 0) {
  return formatter(places).format(value)
}

/** Give an ISO day (2026-03-15) as 15/03/2026; anything else is given back as it is. */
export function formatDay(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? '')
  return found ? `${found[3]}/${found[2]}/${found[1]}` : (text ?? '')
}

/** Give « 1 signalement », « 1 234 signalements »; in French zero and one are singular. */
export function counted(count, noun) {
  return `${formatNumber(count)} ${noun}${count >= 2 ? 's' : ''}`
}
