// The only module that calls fetch.

const LONGEST_REASON = 300

/** A request that the server refused or that did not reach it; the message is for the reader. */
export class RequestFailed extends Error {}

/** Give the part of a page behind `address`; an abort of `signal` is passed on as it is. */
export function getPart(address, { signal } = {}) {
  return part(address, { signal })
}

/** Send a form, its token in it, and give the part of a page that answers. */
export function postPart(address, body) {
  return part(address, { method: 'POST', body })
}

async function part(address, options) {
  let response
  try {
    response = await fetch(address, { ...options, headers: { Accept: 'text/html' }, credentials: 'same-origin' })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new RequestFailed('Le serveur ne répond pas.')
  }
  if (response.redirected && new URL(response.url).pathname !== new URL(address, location.href).pathname) {
    throw new RequestFailed('Votre session a pris fin : rechargez la page pour vous reconnecter.')
  }
  const text = await response.text()
  if (response.ok) return text
  const plain = response.headers.get('Content-Type')?.startsWith('text/plain')
  throw new RequestFailed(plain ? text.slice(0, LONGEST_REASON) : 'Le serveur n’a pas pu répondre.')
}

/** Give a function that runs `load(argument, signal)` and aborts the run before it. */
export function latestOnly(load) {
  let pending = new AbortController()
  return async (argument) => {
    pending.abort()
    pending = new AbortController()
    try {
      return await load(argument, pending.signal)
    } catch (error) {
      if (error.name !== 'AbortError') throw error
      return undefined
    }
  }
}

/** Give the JSON object behind `address`. */
export async function getJSON(address) {
  let response
  try {
    response = await fetch(address, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
  } catch {
    throw new RequestFailed('Le serveur ne répond pas.')
  }
  if (response.redirected) throw new RequestFailed('Votre session a pris fin : rechargez la page pour vous reconnecter.')
  if (!response.ok) throw new RequestFailed('Le serveur n’a pas pu répondre.')
  return response.json()
}

/** Send a form with its file, and give the JSON answer; `onProgress(bytes, total)` as it goes (fetch cannot tell). */
export function sendForm(form, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', form.action)
    request.setRequestHeader('Accept', 'application/json')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onProgress(event.loaded, event.total)
    request.onload = () => {
      if (request.status === 201) resolve(request.response)
      else reject(new RequestFailed(request.response?.detail ?? refusal(request.status)))
    }
    request.onerror = () => reject(new RequestFailed('L’envoi a été coupé : rien n’a été gardé. Recommencez.'))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.send(new FormData(form))
  })
}

function refusal(status) {
  if (status === 413) return 'Ce fichier est plus grand que ce que le serveur accepte.'
  if (status === 403) return 'Votre session a pris fin, ou vous ne pouvez plus importer : rechargez la page.'
  return 'Le serveur n’a pas pu recevoir ce fichier.'
}
