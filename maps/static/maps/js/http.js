// The only module that calls fetch.

const LONGEST_REASON = 300

/** A request that the server refused or that did not reach it; the message is for the reader. */
export class RequestFailed extends Error {}

/** Give the part of a page behind `address`; an abort of `signal` is passed on as it is. */
export async function getPart(address, { signal } = {}) {
  let response
  try {
    response = await fetch(address, { signal, headers: { Accept: 'text/html' }, credentials: 'same-origin' })
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
