// Follows an import that waits or runs: asks each second, and shows the page anew when it is over.

import { getJSON } from '../../maps/js/http.js'

const EVERY_MS = 1000
const PATIENCE_MS = 5000
const ORDER = ['waiting', 'reading', 'writing']
const config = JSON.parse(document.getElementById('upload-config').textContent)
const title = document.getElementById('progress-title')
const steps = [...document.querySelectorAll('#steps li')]
const records = document.getElementById('records')
const elapsed = document.getElementById('elapsed')
const note = document.getElementById('progress-note')
const cancel = document.getElementById('cancel')
const number = new Intl.NumberFormat('fr-FR')

async function ask() {
  try {
    const state = await getJSON(config.url)
    if (state.over) return location.reload()
    show(state)
    setTimeout(ask, EVERY_MS)
  } catch (error) {
    say(`${error.message} L’import continue ; cette page va redemander.`)
    setTimeout(ask, PATIENCE_MS)
  }
}

function show(state) {
  const step = state.status === 'waiting' ? 'waiting' : state.phase || 'reading'
  title.textContent = step === 'waiting' ? 'L’import attend son tour' : 'Import en cours'
  for (const item of steps) {
    const here = item.dataset.step === step
    if (here) item.setAttribute('aria-current', 'step')
    else item.removeAttribute('aria-current')
    item.classList.toggle('is-past', ORDER.indexOf(item.dataset.step) < ORDER.indexOf(step))
  }
  records.textContent = state.records ? number.format(state.records) : ''
  elapsed.textContent = step === 'waiting' ? '' : `Commencé il y a ${spoken(state.seconds)}.`
  if (cancel && step !== 'waiting') cancel.hidden = true
  if (state.no_worker) say('Aucun processus de traitement n’est en marche : prévenez l’administrateur du serveur.')
  else if (state.silent) say('Le traitement ne donne plus signe de vie ; un autre processus va le reprendre du début.')
  else say('')
}

function spoken(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function say(sentence) {
  note.textContent = sentence
  note.hidden = !sentence
}

setTimeout(ask, EVERY_MS)
