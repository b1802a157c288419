import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Operations } from './operations.ts'
import type { DrainSettings } from './settings.ts'
import type { Sockets } from './sockets.ts'

export interface Drained {
  readonly server: Server
  readonly sockets: Sockets
  readonly operations: Operations
  /** Answers that have not ended. */
  readonly answering: ReadonlySet<ServerResponse>
  readonly settings: DrainSettings
}

const lookEveryMs = 20

/**
 * Closes the door, lets what is in flight come to its end, then ends what never would: sockets and event streams, so
 * that their clients connect again elsewhere.
 */
export async function drain({ server, sockets, operations, answering, settings }: Drained): Promise<void> {
  await sleep(settings.noticeMs)
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  // Not the `close` of HTTP: that cuts connections on which a client may be sending its next request just now. They are
  // told to close with the answer to it.
  NetServer.prototype.close.call(server, () => resolve())
  const began = Date.now()
  const isBusy = () => operations.running() > 0 || [...answering].some((response) => !isStream(response))
  const lingers = () => Date.now() < began + settings.lingerMs
  while ((isBusy() || lingers()) && Date.now() < began + settings.limitMs) await sleep(lookEveryMs)
  sockets.goAway()
  for (const response of answering) response.destroy()
  server.closeIdleConnections()
  // Sockets get a moment to answer the closing handshake.
  const patience = setTimeout(() => server.closeAllConnections(), 1000)
  await Promise.race([closed, sleep(1500)])
  clearTimeout(patience)
}

/** A cut stream is begun anew by its client; one that is brought to its end properly is not. */
function isStream(response: ServerResponse): boolean {
  return /^(text\/event-stream|multipart\/)/.test(String(response.getHeader('Content-Type')))
}
