import type { Client } from 'graphql-ws'

/**
 * A graphql-ws client that misses no event. It subscribes again by itself after a disconnect, and sends the variables as
 * they are then: here they go on after the last event that came.
 */
export function resuming(client: Client): Client {
  return {
    ...client,
    // Rejects when it was about to connect and could not: it is gone all the same.
    dispose: () => Promise.resolve(client.dispose()).catch(() => {}),
    subscribe(payload, sink) {
      let after = payload.variables?.['after']
      const variables = {
        ...payload.variables,
        get after() {
          return after
        },
      }
      const stop = client.subscribe<never, never>(
        { ...payload, variables },
        {
          next(result) {
            after = cursorIn(result.data) ?? after
            sink.next(result)
          },
          error: (error) => sink.error(error),
          complete: () => sink.complete(),
        },
      )
      // Not at once: who lets go of a query in the middle of its answer lets go of the socket twice (graphql-ws 6.4), and
      // then it does not connect again.
      return () => queueMicrotask(stop)
    },
  }
}

function cursorIn(data: object | null | undefined): unknown {
  const event: unknown = data && 'inboxEvents' in data ? data.inboxEvents : undefined
  return typeof event === 'object' && event !== null && 'cursor' in event ? event.cursor : undefined
}
