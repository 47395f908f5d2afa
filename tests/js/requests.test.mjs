import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { parseState } from '../../maps/static/maps/js/filters.js'
import { getPart, latestOnly, RequestFailed } from '../../maps/static/maps/js/http.js'
import { extentAround, placeAddress } from '../../maps/static/maps/js/panel.js'
import { askedBy, tableAddress } from '../../maps/static/maps/js/table.js'

const config = { urls: { place: '/lieu/', table: '/signalements/' } }
const state = parseState('?statut=ACTIVE&tri=-criticite')
const answers = (response) => { globalThis.fetch = async () => response }
globalThis.location = { href: 'https://lhi.example/' }

afterEach(() => { delete globalThis.fetch })

test('the table asks for the filters, the extent, the order and a part of a page', () => {
  const asked = new URL(tableAddress(config, state, [1.1, 46.7, 1.4, 46.9]), 'https://lhi.example').searchParams
  assert.deepEqual(Object.fromEntries(asked), { statut: 'ACTIVE', bbox: '1.100000,46.700000,1.400000,46.900000', tri: '-criticite', partiel: '1' })
})

test('without a map the table has no extent', () => {
  assert.ok(!tableAddress(config, state, null).includes('bbox'))
})

test('a link of the table says which order and page', () => {
  assert.deepEqual(askedBy('?statut=ACTIVE&tri=statut&page=4'), { tri: 'statut', page: '4' })
  assert.deepEqual(askedBy('?'), { tri: '', page: '' })
})

test('the sheet asks for a few pixels around the click', () => {
  const unproject = ([x, y]) => ({ lng: x / 100, lat: -y / 100 })
  assert.deepEqual(extentAround(unproject, { x: 100, y: 200 }, 10), [0.9, -2.1, 1.1, -1.9])
  const asked = new URL(placeAddress(config, { bbox: [0.9, -2.1, 1.1, -1.9], zoom: 15.123 }, state), 'https://lhi.example').searchParams
  assert.equal(asked.get('zoom'), '15.12')
  assert.equal(asked.get('statut'), 'ACTIVE')
  assert.equal(asked.get('bbox'), '0.9000000,-2.1000000,1.1000000,-1.9000000')
})

test('the sentence of a refusal is for the reader, an error page is not', async () => {
  answers(new Response('du attend une date', { status: 400, headers: { 'Content-Type': 'text/plain; charset=utf-8' } }))
  await assert.rejects(getPart('/signalements/'), new RequestFailed('du attend une date'))
  answers(new Response('<h1>Erreur</h1>', { status: 500, headers: { 'Content-Type': 'text/html' } }))
  await assert.rejects(getPart('/signalements/'), /n’a pas pu répondre/)
})

test('a server out of reach is told, an abort is passed on', async () => {
  globalThis.fetch = async () => { throw new TypeError('failed to fetch') }
  await assert.rejects(getPart('/signalements/'), /ne répond pas/)
  globalThis.fetch = async () => { throw new DOMException('stop', 'AbortError') }
  await assert.rejects(getPart('/signalements/'), { name: 'AbortError' })
})

test('a redirection to the sign-in page is the end of the session, not a table', async () => {
  globalThis.fetch = async () => ({ ok: true, redirected: true, url: 'https://lhi.example/connexion/', text: async () => '<form>' })
  await assert.rejects(getPart('/signalements/?partiel=1'), /session a pris fin/)
})

test('a later request aborts the one before, which then gives nothing', async () => {
  const load = latestOnly((answer, signal) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('stop', 'AbortError')))
    if (answer === 'second') resolve(answer)
  }))
  const [first, second] = await Promise.all([load('first'), load('second')])
  assert.equal(first, undefined)
  assert.equal(second, 'second')
})
