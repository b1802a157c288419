import type { Principal } from '../domain/principal.ts'
import type { Connections, Release } from './connections.ts'
import { refusal } from './refusal.ts'

/** Counts a stream of events. Throws an error to answer where there is no room for one. */
export function countStream(connections: Connections, principal: Principal): Release {
  const inAll = connections.open()
  if (inAll === undefined) {
    throw refusal('TOO_MANY_CONNECTIONS', 'There are too many connections here: try again later.', {
      status: 503,
      headers: { 'Retry-After': '5' },
    })
  }
  const hers = connections.openOf(principal)
  if (hers === undefined) {
    inAll()
    throw refusal('TOO_MANY_CONNECTIONS', 'You have as many connections as a user may have.', { status: 429 })
  }
  return () => {
    inAll()
    hers()
  }
}
