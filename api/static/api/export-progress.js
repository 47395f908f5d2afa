// Follows an export that waits or runs: asks each second, and shows the page anew when it is over.

import { getJSON } from '../maps/js/http.js'

const EVERY_MS = 1000
const PATIENCE_MS = 5000

const find = (id) => document.getElementById(id)
const config = JSON.parse(find('export-config').textContent)
const number = new Intl.NumberFormat('fr-FR')

async function ask() {
  try {
    const state = await getJSON(config.url)
    if (state.over) return location.reload()
    show(state)
    setTimeout(ask, EVERY_MS)
  } catch (error) {
    say(`${error.message} L’export continue ; cette page va redemander.`)
    setTimeout(ask, PATIENCE_MS)
  }
}

function show({ step, written, expected, seconds, no_worker: noWorker, silent }) {
  const waiting = step === 'waiting'
  find('progress-title').textContent = waiting ? 'L’export attend son tour' : 'Export en cours'
  if (expected) {
    find('bar').max = expected
    find('bar').value = Math.min(written, expected)
  }
  const counted = expected ? `${number.format(written)} objets sur ${number.format(expected)}, ` : ''
  find('elapsed').textContent = waiting ? '' : `${counted}commencé il y a ${spoken(seconds)}.`
  if (find('cancel')) find('cancel').hidden = !waiting
  if (noWorker) say('Aucun processus de traitement n’est en marche : prévenez l’administrateur du serveur.')
  else if (silent) say('Le traitement ne donne plus signe de vie ; un autre processus va le reprendre du début.')
  else say('')
}

function spoken(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function say(sentence) {
  find('progress-note').textContent = sentence
  find('progress-note').hidden = !sentence
}

setTimeout(ask, EVERY_MS)
