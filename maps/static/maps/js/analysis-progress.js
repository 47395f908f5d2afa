// Follows an analysis that waits or runs: asks each second, and shows the page anew when it is over.

import { getJSON } from './http.js'

const EVERY_MS = 1000
const PATIENCE_MS = 5000
const ORDER = ['waiting', 'reading', 'computing', 'writing']

const find = (id) => document.getElementById(id)
const config = JSON.parse(find('request-config').textContent)

async function ask() {
  try {
    const state = await getJSON(config.url)
    if (state.over) return location.reload()
    show(state)
    setTimeout(ask, EVERY_MS)
  } catch (error) {
    say(`${error.message} L’analyse continue ; cette page va redemander.`)
    setTimeout(ask, PATIENCE_MS)
  }
}

function show({ step, seconds, no_worker: noWorker, silent }) {
  find('progress-title').textContent = step === 'waiting' ? 'L’analyse attend son tour' : 'Analyse en cours'
  for (const item of document.querySelectorAll('#steps li')) {
    if (item.dataset.step === step) item.setAttribute('aria-current', 'step')
    else item.removeAttribute('aria-current')
    item.classList.toggle('is-past', ORDER.indexOf(item.dataset.step) < ORDER.indexOf(step))
  }
  find('elapsed').textContent = step === 'waiting' ? '' : `Commencée il y a ${spoken(seconds)}.`
  if (find('cancel')) find('cancel').hidden = step !== 'waiting'
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
