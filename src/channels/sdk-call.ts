import { AsyncLocalStorage } from 'node:async_hooks'
import type { Answer, Exchange } from './exchange.ts'
import type { Http, HttpRequest } from './http.ts'

/**
 * Lets an SDK build and sign a request and sends it through our HTTP client.
 *
 * The SDKs' own clients have no place for an abort signal, lose the headers of a refusal (Retry-After), and cannot tell
 * a request that never left from one that may have arrived.
 */
export interface SdkCalls {
  /** What the SDK's HTTP client is replaced with. Rejects without an answer, as that would. */
  send(request: HttpRequest): Promise<Answer>
  /** How the one request of `call` ended, whatever the SDK makes of it. */
  exchange(call: () => Promise<unknown>, signal: AbortSignal): Promise<Exchange>
}

export function sdkCalls(http: Http): SdkCalls {
  const current = new AsyncLocalStorage<{ readonly signal: AbortSignal; exchange: Exchange | undefined }>()
  return {
    async send(request) {
      const call = current.getStore()
      if (call === undefined) throw new Error('The SDK made a request outside of an attempt.')
      if (call.exchange !== undefined) throw new Error('The SDK made a second request in one attempt.')
      const exchange = await http.post(request, call.signal)
      call.exchange = exchange
      if (exchange.kind !== 'answered') throw new Error(exchange.code)
      return exchange
    },
    async exchange(call, signal) {
      const state: { readonly signal: AbortSignal; exchange: Exchange | undefined } = { signal, exchange: undefined }
      try {
        await current.run(state, call)
      } catch (error) {
        // The SDK's view of the exchange; without one it is a bug.
        if (state.exchange === undefined) throw error
      }
      if (state.exchange === undefined) throw new Error('The SDK made no request.')
      return state.exchange
    },
  }
}
