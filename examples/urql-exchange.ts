import { type Exchange, subscriptionExchange } from '@urql/core'
import type { Client } from 'graphql-ws'

/** All operations of urql over one WebSocket. */
export function overSocket(ws: Client): Exchange {
  return subscriptionExchange({
    enableAllOperations: true,
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: ws.subscribe(
          { query, variables: { ...variables } },
          {
            next: ({ data, errors }) => sink.next({ data: data ?? null, ...(errors && { errors }) }),
            error: (error) => sink.error(error),
            complete: () => sink.complete(),
          },
        ),
      }),
    }),
  })
}
