// The legend of what is on the map now: first its lines as data, then their drawing.

import { formatDay, formatNumber } from './format.js'

const SVG = 'http://www.w3.org/2000/svg'
const HATCHED = 'hatched'
const EDGE = '#7c8792'
const NO_RUN = { title: 'IRIS', note: 'Aucune analyse n’a encore été lancée.', lines: [] }
// What needs no explanation beyond its name, the choice that shows it, and the zoom from which it is drawn
const OTHERS = [
  { label: 'limite de commune', mark: 'line', colour: '#1b2733', width: 2 },
  { label: 'limite d’IRIS', mark: 'line', colour: '#5b6772', width: 1 },
  { label: 'arrêté (en vigueur ou levé)', mark: 'diamond', colour: '#1b2733', choice: 'arretes' },
  { label: 'périmètre (QPV, OPAH…)', mark: 'line', colour: '#6a4c93', width: 2, dashes: '4 3', choice: 'perimetres' },
  { label: 'section cadastrale', mark: 'line', colour: '#8a6d3b', width: 1, dashes: '5 3', choice: 'sections', zoom: 12 },
  { label: 'parcelle', mark: 'line', colour: '#7d8894', width: 1, choice: 'cadastre', zoom: 14 },
  { label: 'bâtiment', mark: 'area', colour: '#8d99a6', choice: 'cadastre', zoom: 14 },
]

/** Give the blocks of the legend for a state: title, note, lines of {label, mark, colour, hollow}. */
export function legendBlocks(config, state, zoom) {
  const blocks = []
  if (state.couches.includes('signalements')) blocks.push(zoom < config.groundZoom ? clusters() : points(config))
  if (config.rates?.length && state.iris === 'taux') blocks.push(rates(config))
  if (config.rates?.length && state.iris === 'points-chauds') blocks.push(hotspots(config))
  if (!config.rates?.length && state.iris !== 'aucun') blocks.push(NO_RUN)
  const drawn = ({ choice, zoom: from = 0 }) => zoom >= from && (!choice || state.couches.includes(choice))
  return [...blocks, { title: 'Autres couches', lines: OTHERS.filter(drawn) }]
}

/** Give the words of a class: « plus de 14,6 à 29,3 », the first and the last without limit. */
export function classLabel({ low, high }, decimals = 1) {
  const places = [low, high].some((limit) => limit !== null && !Number.isInteger(limit)) ? decimals : 0
  if (low === null && high === null) return 'toutes les valeurs'
  if (low === null) return `jusqu’à ${formatNumber(high, places)}`
  if (high === null) return `plus de ${formatNumber(low, places)}`
  return `${formatNumber(low, places)} à ${formatNumber(high, places)}`
}

/** Draw the blocks in an element. */
export function drawLegend(parent, blocks) {
  parent.replaceChildren(...blocks.map(drawBlock))
}

function rates(config) {
  const lines = config.rates.map((rate) => ({ label: classLabel(rate), mark: 'area', colour: rate.colour })).reverse()
  return {
    title: 'Taux lissé de logements signalés',
    note: `pour 1\u00a0000 logements, ${period(config)}`,
    lines: [...lines, { label: 'moins de 11 logements, ou nombre inconnu', mark: 'area', colour: HATCHED }],
  }
}

function hotspots(config) {
  const lines = config.hotspots.map((symbol) => ({ label: symbol.label, mark: 'area', colour: symbol.colour }))
  const note = `Gi* de Getis-Ord, fausses découvertes maîtrisées (FDR), ${period(config)}`
  return { title: 'Points chauds du taux', note, lines }
}

function points(config) {
  const lines = config.statuses.filter((status) => status.code).map((status) => ({ ...status, mark: 'point' }))
  return { title: 'Signalements', note: 'un point par signalement ; les cercles vides sont terminés', lines }
}

function clusters() {
  const lines = [{ label: 'signalements regroupés, avec leur nombre', mark: 'cluster', colour: '#173f5f' }]
  return { title: 'Signalements', note: 'rapprochez la carte pour les voir un par un', lines }
}

function period(config) {
  if (!config.period) return ''
  return `signalements du ${formatDay(config.period.since)} au ${formatDay(config.period.until)}`
}

function drawBlock({ title, note, lines }) {
  const block = element('div', '', 'legend-block')
  const items = element('ul')
  for (const line of lines) {
    const item = element('li')
    item.append(drawKey(line), element('span', line.label))
    items.append(item)
  }
  block.append(element('h3', title), ...(note ? [element('p', note)] : []), items)
  return block
}

const KEYS = {
  area: ({ colour, sign }) => {
    const hatched = colour === HATCHED
    const area = shape('rect', { x: 0.5, y: 0.5, width: 23, height: 14, fill: hatched ? '#fff' : colour, stroke: EDGE })
    const slants = shape('path', { d: 'M1 8 8 1M1 14.5 14.5 1M8 14.5 21 1M15 14.5l8-8', stroke: EDGE, fill: 'none' })
    const signs = sign ? [shape('text', { x: 12, y: 12, 'text-anchor': 'middle', 'font-size': 11, fill: '#1b2733', stroke: '#fff', 'stroke-width': 2.5, 'paint-order': 'stroke' })] : []
    for (const drawn of signs) drawn.textContent = sign
    return [area, ...(hatched ? [slants] : []), ...signs]
  },
  line: ({ colour, width, dashes = '' }) => [
    shape('line', { x1: 0, y1: 7.5, x2: 24, y2: 7.5, stroke: colour, 'stroke-width': width, 'stroke-dasharray': dashes }),
  ],
  point: ({ colour, hollow }) => [
    shape('circle', { cx: 12, cy: 7.5, r: 5, fill: hollow ? '#fff' : colour, stroke: colour, 'stroke-width': 2.4 }),
  ],
  cluster: ({ colour }) => [shape('circle', { cx: 12, cy: 7.5, r: 7, fill: colour })],
  diamond: ({ colour }) => [shape('path', { d: 'M12 1l6 6.5-6 6.5-6-6.5z', fill: colour })],
}

function drawKey(line) {
  const key = shape('svg', { viewBox: '0 0 24 15', class: 'legend-key', 'aria-hidden': 'true' })
  key.append(...KEYS[line.mark](line))
  return key
}

function element(name, text = '', className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className })
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  return made
}
