// The legend of what is on the map now: first its lines as data, then their drawing.

import { formatDay, formatNumber } from './format.js'

const SVG = 'http://www.w3.org/2000/svg'
const HATCHED = 'hatched'

/** Give the blocks of the legend for a state: title, note, lines of {label, mark, colour, hollow}. */
export function legendBlocks(config, state, zoom) {
  const blocks = []
  if (state.couches.includes('signalements')) blocks.push(zoom < config.groundZoom ? clusters() : points(config))
  if (config.rates?.length && state.iris === 'taux') blocks.push(rates(config))
  if (config.rates?.length && state.iris === 'points-chauds') blocks.push(hotspots(config))
  if (!config.rates?.length && state.iris !== 'aucun') blocks.push({ title: 'IRIS', note: 'Aucune analyse n’a encore été lancée.', lines: [] })
  const others = otherLayers(state, zoom, config.groundZoom)
  if (others.length) blocks.push({ title: 'Autres couches', lines: others })
  return blocks
}

/** Give the words of a class: « plus de 14,6 à 29,3 », the first and the last without limit. */
export function classLabel({ low, high }) {
  const places = [low, high].some((limit) => limit !== null && !Number.isInteger(limit)) ? 1 : 0
  if (low === null && high === null) return 'toutes les valeurs'
  if (low === null) return `jusqu’à ${formatNumber(high, places)}`
  if (high === null) return `plus de ${formatNumber(low, places)}`
  return `${formatNumber(low, places)} à ${formatNumber(high, places)}`
}

/** Draw the blocks in an element. */
export function drawLegend(element, blocks) {
  element.replaceChildren(...blocks.map(drawBlock))
}

function rates(config) {
  const lines = config.rates.map((rate) => ({ label: classLabel(rate), mark: 'area', colour: rate.colour })).reverse()
  return {
    title: 'Taux lissé de logements signalés',
    note: `pour 1\u00a0000 logements, ${period(config)}`,
    lines: [...lines, { label: 'sans nombre de logements', mark: 'area', colour: HATCHED }],
  }
}

function hotspots(config) {
  const lines = config.hotspots.map((symbol) => ({ label: symbol.label, mark: 'area', colour: symbol.colour }))
  return { title: 'Points chauds du taux', note: `Gi* de Getis-Ord, fausses découvertes maîtrisées (FDR), ${period(config)}`, lines }
}

function points(config) {
  const lines = config.statuses.filter((status) => status.code).map((status) => ({ ...status, mark: 'point' }))
  return { title: 'Signalements', note: 'un point par signalement ; les cercles vides sont terminés', lines }
}

function clusters() {
  const lines = [{ label: 'signalements regroupés, avec leur nombre', mark: 'cluster', colour: '#173f5f' }]
  return { title: 'Signalements', note: 'rapprochez la carte pour les voir un par un', lines }
}

function otherLayers(state, zoom, groundZoom) {
  const lines = [{ label: 'limite de commune', mark: 'line', colour: '#1b2733', width: 2 }, { label: 'limite d’IRIS', mark: 'line', colour: '#5b6772', width: 1 }]
  if (state.couches.includes('arretes')) lines.push({ label: 'arrêté (en vigueur ou levé)', mark: 'diamond', colour: '#1b2733' })
  if (state.couches.includes('perimetres')) lines.push({ label: 'périmètre (QPV, OPAH…)', mark: 'line', colour: '#6a4c93', width: 2, dashes: '4 3' })
  if (state.couches.includes('sections') && zoom >= 12) lines.push({ label: 'section cadastrale', mark: 'line', colour: '#8a6d3b', width: 1, dashes: '5 3' })
  if (state.couches.includes('cadastre') && zoom >= groundZoom) {
    lines.push({ label: 'parcelle', mark: 'line', colour: '#7d8894', width: 1 }, { label: 'bâtiment', mark: 'area', colour: '#8d99a6' })
  }
  return lines
}

function period(config) {
  if (!config.period) return ''
  return `signalements du ${formatDay(config.period.since)} au ${formatDay(config.period.until)}`
}

function drawBlock({ title, note, lines }) {
  const block = document.createElement('div')
  block.className = 'legend-block'
  const heading = Object.assign(document.createElement('h3'), { textContent: title })
  const items = document.createElement('ul')
  for (const line of lines) {
    const item = document.createElement('li')
    item.append(drawKey(line), Object.assign(document.createElement('span'), { textContent: line.label }))
    items.append(item)
  }
  block.append(heading, ...(note ? [Object.assign(document.createElement('p'), { textContent: note })] : []), items)
  return block
}

function drawKey({ mark, colour, hollow, width = 1, dashes = '' }) {
  const key = shape('svg', { viewBox: '0 0 24 15', class: 'legend-key', 'aria-hidden': 'true' })
  const hatched = colour === HATCHED
  if (mark === 'area') key.append(shape('rect', { x: 0.5, y: 0.5, width: 23, height: 14, fill: hatched ? '#fff' : colour, stroke: '#7c8792' }))
  if (mark === 'area' && hatched) key.append(shape('path', { d: 'M1 8 8 1M1 14.500 14.500 1M8 14.500 21 1M15 14.500l8-8', stroke: '#7c8792', fill: 'none' }))
  if (mark === 'line') key.append(shape('line', { x1: 0, y1: 7.5, x2: 24, y2: 7.5, stroke: colour, 'stroke-width': width, 'stroke-dasharray': dashes }))
  if (mark === 'point') key.append(shape('circle', { cx: 12, cy: 7.5, r: 5, fill: hollow ? '#fff' : colour, stroke: colour, 'stroke-width': 2.4 }))
  if (mark === 'cluster') key.append(shape('circle', { cx: 12, cy: 7.5, r: 7, fill: colour }))
  if (mark === 'diamond') key.append(shape('path', { d: 'M12 1l6 6.500-6 6.500-6-6.500z', fill: colour }))
  return key
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  return element
}
