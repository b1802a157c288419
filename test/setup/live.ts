import { type Client, createClient } from 'graphql-ws'
import { expect } from 'vitest'
import { bearer, type Service } from './graphql.ts'

/** A subscription that runs: what it has got so far, in order. */
export interface Live {
  readonly events: readonly unknown[]
  close(): Promise<void>
}

interface Operation {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/** Subscribes over WebSocket, as graphql-ws's own client does. */
export function overSocket({ demo }: Service, credential: string, operation: Operation): Live {
  const events: unknown[] = []
  const client: Client = createClient({
    url: `${demo.gateway.replace('http', 'ws')}/graphql`,
    connectionParams: { Authorization: `Bearer ${credential}` },
    retryAttempts: 0,
  })
  client.subscribe(
    { query: operation.query, variables: { ...operation.variables } },
    {
      next: (event) => events.push(event),
      error: (error) => events.push({ failed: error }),
      complete: () => events.push('complete'),
    },
  )
  return { events, close: async () => await client.dispose() }
}

/** Subscribes over server-sent events, for clients without WebSockets. */
export async function overSse({ demo }: Service, credential: string, operation: Operation): Promise<Live> {
  const events: unknown[] = []
  const ending = new AbortController()
  const response = await fetch(`${demo.gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...bearer(credential) },
    body: JSON.stringify(operation),
    signal: ending.signal,
  })
  if (!response.ok || response.body === null) throw new Error(`no event stream: ${await response.text()}`)
  const reading = readEvents(response.body, events).catch(() => undefined)
  return {
    events,
    close: async () => {
      ending.abort()
      await reading
    },
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, events: unknown[]): Promise<void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1]
      if (block.startsWith('event: complete')) events.push('complete')
      else if (data) events.push(JSON.parse(data))
    }
  }
}

/** One query or mutation over a WebSocket of its own. */
export async function askOverSocket(service: Service, credential: string, operation: Operation): Promise<unknown> {
  const live = overSocket(service, credential, operation)
  await expect.poll(() => live.events.at(-1), { timeout: 15_000, interval: 5 }).toBe('complete')
  await live.close()
  return live.events[0]
}
