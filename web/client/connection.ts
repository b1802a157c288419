import { type Client, createClient } from 'graphql-ws'
import { failureOf } from './failure.ts'
import { InboxError } from './inbox-error.ts'
import type { Operation } from './operation.ts'
import { isToken, type Settings } from './options.ts'

/** One socket for everything. It opens when it is needed, and does not open again by itself. */
export interface Connection {
  /** Runs a query or a mutation. Rejects with an {@link InboxError}. */
  ask<Data, Variables extends Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): Promise<Data>
  /** Follows a subscription until it ends or `signal` does. Rejects with an {@link InboxError} when it breaks. */
  follow<Data, Variables extends Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    signal: AbortSignal,
    next: (data: Data) => void,
  ): Promise<void>
  /** Whatever the socket seems to be: what runs over it fails now. */
  drop(): void
  close(): void
}

const pingEveryMs = 12_000
const patienceMs = 8000
/** Between a query and the subscription that goes on from it there is nothing to hold the socket open. */
const idleMs = 3000

export function connect({ url, token, webSocketImpl }: Settings): Connection {
  let current: Client | undefined
  let isRefused = false
  let isClosed = false

  function clientNow(): Client {
    if (isClosed) throw closedError()
    current ??= openClient()
    return current
  }

  /** For one socket: events of one that is going away must not be taken for those of the next. */
  function openClient(): Client {
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const relax = () => clearTimeout(watchdog)
    const expect = () => {
      relax()
      watchdog = setTimeout(() => client.terminate(), patienceMs)
    }
    const letGo = () => {
      relax()
      if (current === client) current = undefined
    }
    const client = createClient({
      url,
      webSocketImpl,
      connectionParams: async () => ({ authorization: `Bearer ${await freshToken(token, isRefused)}` }),
      retryAttempts: 0,
      lazyCloseTimeout: idleMs,
      keepAlive: pingEveryMs,
      on: {
        connecting: expect,
        connected() {
          relax()
          isRefused = false
        },
        // A network that has gone away closes no socket: what does not answer is not there.
        ping: (isReceived) => !isReceived && expect(),
        pong: (isReceived) => isReceived && relax(),
        error: letGo,
        closed(event) {
          letGo()
          isRefused = failureOf(event).code === 'UNAUTHENTICATED'
        },
      },
    })
    return client
  }

  function run<Data, Variables extends Record<string, unknown>>(
    { query }: Operation<Data, Variables>,
    variables: Variables,
    signal: AbortSignal | undefined,
    next: (data: Data) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      // Not at once: in the middle of an answer graphql-ws would count it as gone twice, and close the socket on others.
      const stop = () => queueMicrotask(unsubscribe)
      const unsubscribe = clientNow().subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => {
            if (data && !errors) return next(data)
            reject(failureOf(errors ?? []))
            stop()
          },
          error: (cause) => reject(failureOf(cause)),
          complete: resolve,
        },
      )
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted) stop()
    })
  }

  return {
    ask: (operation, variables) =>
      new Promise((resolve, reject) => {
        const unanswered = () => reject(isClosed ? closedError() : failureOf(undefined))
        run(operation, variables, undefined, resolve).then(unanswered, reject)
      }),
    follow: run,
    drop: () => current?.terminate(),
    close() {
      isClosed = true
      // Rejects when it was about to connect and could not: it is closed all the same.
      Promise.resolve(current?.dispose()).catch(() => {})
    },
  }
}

function closedError(): InboxError {
  return new InboxError('CLOSED', 'The inbox is closed.')
}

async function freshToken(token: Settings['token'], refused: boolean): Promise<string> {
  if (typeof token === 'string') return token
  let given: unknown
  try {
    given = await token({ refused })
  } catch (cause) {
    throw new InboxError('TOKEN_FAILED', 'The function "token" failed.', { cause })
  }
  if (isToken(given)) return given
  throw new InboxError('TOKEN_FAILED', 'The function "token" returned no token.')
}
