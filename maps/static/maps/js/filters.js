// What is selected and shown: read from the address, written to it, read from the form, written to it.

export const DEFAULT_LAYERS = ['signalements', 'cadastre', 'fond']
const LAYERS = ['signalements', 'arretes', 'perimetres', 'cadastre', 'sections', 'adresses', 'fond']
const REPRESENTATIONS = ['taux', 'points-chauds', 'aucun']
const SELECTION = ['du', 'au', 'territoire']

/** Read the state from a query string; what it does not know is left at its default. */
export function parseState(search) {
  const asked = new URLSearchParams(search)
  const state = { statut: list(asked.getAll('statut').join(',')) }
  for (const name of SELECTION) state[name] = asked.get(name) ?? ''
  state.iris = REPRESENTATIONS.includes(asked.get('iris')) ? asked.get('iris') : 'taux'
  state.couches = asked.has('couches')
    ? LAYERS.filter((name) => list(asked.getAll('couches').join(',')).includes(name))
    : [...DEFAULT_LAYERS]
  state.tri = asked.get('tri') ?? ''
  state.page = asked.get('page') ?? ''
  return state
}

/** Write the state as a query string, without what is at its default: `?statut=ACTIVE`, or nothing. */
export function toSearch(state) {
  const parts = selection(state)
  if (state.iris !== 'taux') parts.set('iris', state.iris)
  if (!sameLayers(state.couches, DEFAULT_LAYERS)) parts.set('couches', state.couches.join(','))
  if (state.tri) parts.set('tri', state.tri)
  if (state.page && state.page !== '1') parts.set('page', state.page)
  return written(parts)
}

/** Write what filters the reports, for the tiles: the same on each, so that the browser keeps them. */
export function selectionSearch(state) {
  return written(selection(state))
}

/** Read the state from the form, keeping what the form does not hold. */
export function readForm(form, state) {
  const fields = new FormData(form)
  const next = { ...state, statut: fields.getAll('statut'), couches: fields.getAll('couches'), page: '' }
  for (const name of SELECTION) next[name] = fields.get(name) ?? ''
  next.iris = fields.get('iris') ?? 'taux'
  if (!form.querySelector('[name=couches][value=fond]')) next.couches.push('fond')
  return next
}

/** Show the state in the form. */
export function fillForm(form, state) {
  for (const name of SELECTION) form.elements[name].value = state[name]
  for (const box of form.querySelectorAll('[name=statut]')) box.checked = state.statut.includes(box.value)
  for (const box of form.querySelectorAll('[name=couches]')) box.checked = state.couches.includes(box.value)
  for (const button of form.querySelectorAll('[name=iris]')) button.checked = button.value === state.iris
}

function selection(state) {
  const parts = new URLSearchParams()
  for (const name of SELECTION) if (state[name]) parts.set(name, state[name])
  if (state.statut.length) parts.set('statut', state.statut.join(','))
  return parts
}

function written(parts) {
  const text = parts.toString().replaceAll('%2C', ',')
  return text ? `?${text}` : ''
}

function list(text) {
  return text.split(',').filter(Boolean)
}

function sameLayers(some, others) {
  return some.length === others.length && others.every((name) => some.includes(name))
}
