import { WebSocket } from 'ws'

/** For tests: a client that says what it is told to, and keeps what it hears. */
export interface TestSocket {
  readonly heard: readonly Record<string, unknown>[]
  /** Undefined while it is open. */
  closed(): { readonly code: number; readonly reason: string } | undefined
  say(message: unknown): void
  /** Takes nothing more that comes over the network. */
  pause(): void
  resume(): void
  close(): void
}

export async function aSocket(url: string, headers: Readonly<Record<string, string>> = {}): Promise<TestSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers })
  const heard: Record<string, unknown>[] = []
  let closed: { readonly code: number; readonly reason: string } | undefined
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  socket.on('close', (code, reason) => {
    closed = { code, reason: String(reason) }
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return {
    heard,
    closed: () => closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  }
}

export function init(authorization: string): object {
  return { type: 'connection_init', payload: { Authorization: authorization } }
}

export function subscribe(id: string, query: string, variables: object = {}): object {
  return { id, type: 'subscribe', payload: { query, variables } }
}
