// The deposit of a file: its sending is shown and can be stopped; without this script the form works by itself.

import { sendForm } from '../../maps/js/http.js'

const form = document.getElementById('deposit')
const drop = document.getElementById('drop')
const file = document.getElementById('fichier')
const sending = document.getElementById('sending')
const bar = document.getElementById('sending-bar')
const text = document.getElementById('sending-text')
const problem = document.getElementById('deposit-error')
const stop = document.getElementById('sending-stop')
const submit = form.querySelector('[type=submit]')
const megabytes = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

drop.querySelector('.drop__hint').hidden = false

for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault()
    drop.classList.add('is-over')
  })
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('is-over'))
drop.addEventListener('drop', (event) => {
  event.preventDefault()
  if (event.dataTransfer.files.length !== 1) return say('Déposez un seul fichier à la fois.')
  file.files = event.dataTransfer.files
  say('')
})

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const chosen = file.files[0]
  if (!chosen) return
  if (chosen.size > Number(form.dataset.max)) return say('Ce fichier est plus grand que ce qui est permis.')
  if (chosen.size === 0) return say(`${chosen.name} : fichier vide`)
  const sent = new AbortController()
  stop.onclick = () => sent.abort()
  busy(true)
  try {
    const { address } = await sendForm(form, { signal: sent.signal, onProgress: show })
    location.assign(address)
  } catch (error) {
    busy(false)
    say(error.name === 'AbortError' ? 'Envoi arrêté : rien n’a été gardé.' : error.message)
  }
})

function show(done, total) {
  bar.value = total ? (100 * done) / total : 0
  text.textContent = done === total
    ? 'Envoyé ; vérification…'
    : `${megabytes.format(done / 1e6)} Mo envoyés sur ${megabytes.format(total / 1e6)}`
}

function busy(is) {
  sending.hidden = stop.hidden = !is
  submit.disabled = is
  if (is) say('')
}

function say(sentence) {
  problem.textContent = sentence
  problem.hidden = !sentence
}
