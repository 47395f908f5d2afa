// The page that places a report: the list, the coordinates, the map and the keyboard say the same choice.

import * as maplibregl from 'maplibre-gl'
import { postPart } from './http.js'
import { canDraw, createMap, tellFailures } from './map.js'
import { apart, degrees, moved, shortcutOf } from './placing.js'

const STATE = { iris: 'aucun', couches: ['cadastre', 'adresses', 'fond'], statut: [], du: '', au: '', territoire: '' }
const ZOOM = { numero: 18, declaree: 18, manuelle: 18, voie: 17, commune: 14 }
const STEP_M = 1
const LARGE_STEP_M = 10
const SHORTCUTS = 'geo_lhi.raccourcis'

const find = (id) => document.getElementById(id)
const config = JSON.parse(find('map-config').textContent)
const tell = (text) => { find('map-status').textContent = text }
const radios = () => [...find('candidate-list').querySelectorAll('input[name=candidat]')]
const positionOf = (radio) => [Number(radio.dataset.lon), Number(radio.dataset.lat)]

let map = null
let pin = null
const numbers = []

// The start: where the report is, else where it was declared, else the first answer, else the commune.
function start() {
  const first = radios()[0]
  return config.position ?? config.declared ?? (first ? positionOf(first) : null) ?? config.middle
}

function markerOf(element, point, options = {}) {
  return new maplibregl.Marker({ element, ...options }).setLngLat(point).addTo(map)
}

function mark(className) {
  const element = document.createElement('div')
  element.className = className
  return element
}

function drawMap() {
  const from = start()
  const view = from ? { center: from, zoom: ZOOM[config.precision] ?? 16 } : {}
  map = createMap(find('map'), config, STATE, { ...view, cooperativeGestures: false })
  tellFailures(map, tell)
  map.on('load', () => {
    map.addLayer({ id: 'plots', type: 'fill', source: 'parcelles', 'source-layer': 'parcelles', minzoom: 14, paint: { 'fill-opacity': 0 } })
    if (config.ortho) addOrtho()
    find('map').dataset.wired = '1'
  })
  if (config.position) markerOf(mark('map-position'), config.position)
  if (config.declared) markerOf(mark('map-declared'), config.declared)
  pin = createPin(from ?? map.getCenter().toArray())
  map.on('click', (event) => place(event.lngLat.toArray(), plotUnder(event.point)))
  drawNumbers()
  showAll()
  const chosen = radios().find((radio) => radio.checked)
  if (chosen) choose(chosen)
  else if (find('point').checked) followFields()
}

function createPin(point) {
  const element = document.createElement('button')
  element.type = 'button'
  element.className = 'map-pin-holder'
  element.id = 'pin'
  element.setAttribute('aria-label', 'Repère de votre choix : les flèches le déplacent d’un mètre, avec Majuscule de dix mètres')
  const drop = document.createElement('span')
  drop.className = 'map-pin'
  element.append(drop)
  const marker = markerOf(element, point, { draggable: true, anchor: 'bottom' })
  marker.on('dragend', () => {
    const at = marker.getLngLat()
    place(at.toArray(), plotUnder(map.project(at)))
  })
  element.addEventListener('click', (event) => event.stopPropagation())
  element.addEventListener('keydown', (event) => {
    const next = moved(marker.getLngLat().toArray(), event.key, event.shiftKey ? LARGE_STEP_M : STEP_M)
    if (!next) return
    event.preventDefault()
    event.stopPropagation()
    place(next, '')
    if (!map.getBounds().contains(next)) map.panTo(next)
  })
  return marker
}

function addOrtho() {
  map.addSource('ortho', { type: 'raster', tiles: [config.ortho.url], tileSize: 256, maxzoom: 19, attribution: config.ortho.attribution })
  map.addLayer({ id: 'ortho', type: 'raster', source: 'ortho', layout: { visibility: 'none' } }, 'parcelles')
  find('ortho').addEventListener('change', (event) => {
    map.setLayoutProperty('ortho', 'visibility', event.target.checked ? 'visible' : 'none')
    map.setLayoutProperty('batiments', 'visibility', event.target.checked ? 'none' : 'visible')
  })
}

function drawNumbers() {
  for (const marker of numbers.splice(0)) marker.remove()
  radios().forEach((radio, index) => {
    const element = document.createElement('button')
    element.type = 'button'
    element.className = 'map-number'
    element.tabIndex = -1 // the list is the way of the keyboard
    element.textContent = index + 1
    element.title = labelOf(radio)
    element.classList.toggle('is-chosen', radio.checked)
    element.addEventListener('click', (event) => {
      event.stopPropagation()
      choose(radio)
    })
    numbers.push(markerOf(element, positionOf(radio)))
  })
}

// Near answers and the declared point together with the report: far ones, or the middle of the commune, would make
// all of them a dot.
function showAll() {
  const from = start()
  if (!from) return
  const answers = radios().filter((radio) => radio.dataset.kind !== 'municipality').map(positionOf)
  const near = [...answers, ...(config.declared ? [config.declared] : [])].filter((point) => apart(from, point) < 1500)
  if (!near.length) return
  const bounds = near.reduce((all, point) => all.extend(point), new maplibregl.LngLatBounds(from, from))
  map.fitBounds(bounds, { padding: 90, maxZoom: ZOOM[config.precision] ?? 18, animate: false })
}

function labelOf(radio) {
  return radio.closest('label').querySelector('.candidate__text').firstChild.textContent.trim()
}

function plotUnder(point) {
  if (!map.getLayer('plots')) return ''
  return map.queryRenderedFeatures(point, { layers: ['plots'] })[0]?.properties.idu ?? ''
}

function choose(radio) {
  radio.checked = true
  find('idu').value = ''
  const point = positionOf(radio)
  const from = config.position ?? config.declared
  const far = from ? `, à ${degrees.metres(apart(from, point))} de la position ${config.position ? 'actuelle' : 'déclarée'}` : ''
  tell(`Proposition ${radios().indexOf(radio) + 1} : ${labelOf(radio)}${far}`)
  follow(point)
}

function place(point, idu) {
  find('point').checked = true
  find('lon').value = degrees.write(point[0])
  find('lat').value = degrees.write(point[1])
  find('idu').value = idu
  const from = config.position ?? config.declared
  const said = [`Point à ${find('lon').value}, ${find('lat').value}`]
  if (from) said.push(`à ${degrees.metres(apart(from, point))} de la position ${config.position ? 'actuelle' : 'déclarée'}`)
  if (idu) said.push(`parcelle ${idu}`)
  tell(said.join(', '))
  find('point-said').textContent = idu ? `Parcelle ${idu}` : 'Point libre'
  follow(point)
}

function follow(point) {
  if (!map) return
  pin.setLngLat(point)
  map.setFilter('parcelle-selected', ['==', ['get', 'idu'], find('idu').value])
  numbers.forEach((marker, index) => marker.getElement().classList.toggle('is-chosen', radios()[index]?.checked))
  if (!map.getBounds().contains(point)) map.easeTo({ center: point, zoom: Math.max(map.getZoom(), 17) })
}

function followFields() {
  const point = [find('lon'), find('lat')].map((field) => degrees.read(field.value))
  if (point.every(Number.isFinite) && Math.abs(point[1]) <= 90) {
    find('point').checked = true
    find('idu').value = ''
    follow(point)
  }
}

async function search(event) {
  event.preventDefault()
  const form = find('search')
  try {
    const html = await postPart(`${form.action}${form.action.includes('?') ? '&' : '?'}partiel=1`, new FormData(form))
    const known = new Set(radios().map((radio) => radio.value))
    const found = document.createElement('ol')
    found.innerHTML = html // our own server's template, escaped there
    const fresh = [...found.children].filter((item) => !known.has(item.querySelector('input').value))
    const all = found.children.length
    find('candidate-list').append(...fresh)
    wireRadios()
    if (map) drawNumbers()
    const list = radios()
    find('search-status').textContent = fresh.length
      ? `${fresh.length} adresse${fresh.length > 1 ? 's' : ''} ajoutée${fresh.length > 1 ? 's' : ''} à la liste, à partir du numéro ${list.length - fresh.length + 1}.`
      : all ? 'Ces adresses sont déjà dans la liste.' : 'Aucune adresse ne ressemble à ce texte.'
    fresh[0]?.querySelector('input').focus()
  } catch (error) {
    find('search-status').textContent = error.message
  }
}

function wireRadios() {
  for (const radio of radios()) radio.onchange = () => choose(radio)
}

const ACTIONS = {
  confirm: () => find('confirm')?.click(),
  next: () => find('next')?.click(),
  undo: () => find('undo')?.click(),
  save: () => find('save').click(),
  search: () => find('search-text').focus(),
  pin: () => find('pin')?.focus(),
  reject: () => {
    find('reject').open = true
    find('rejection').focus()
  },
}

function onKey(event) {
  const asked = shortcutOf(event, { letters: find('shortcuts').checked })
  if (!asked) return
  if (asked.number) {
    const radio = radios()[asked.number - 1]
    if (!radio) return
    event.preventDefault()
    radio.focus()
    choose(radio)
  } else {
    event.preventDefault()
    ACTIONS[asked.action]()
  }
}

find('shortcuts').checked = localStorage.getItem(SHORTCUTS) !== 'non'
find('shortcuts').addEventListener('change', (event) => localStorage.setItem(SHORTCUTS, event.target.checked ? 'oui' : 'non'))
document.addEventListener('keydown', onKey)
find('search').addEventListener('submit', search)
find('point').addEventListener('change', () => {
  if (!find('lon').value && pin) place(pin.getLngLat().toArray(), '')
})
for (const name of ['lon', 'lat']) find(name).addEventListener('change', followFields)
wireRadios()
if (canDraw()) drawMap()
else find('map-fallback').hidden = false
;(find('error') ?? find('title')).focus({ preventScroll: true })
