import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'

/** What a client sent: `Inbox`, `InboxEvents` … */
export interface Sent {
  readonly name: string
  readonly variables: unknown
}

/** The line between a client and a gateway: it can be cut, and it knows what went over it. */
export interface Wire {
  /** A base address, for the client. */
  readonly url: string
  readonly sent: readonly Sent[]
  /** Events of inboxes, by type and cursor, as they came. */
  readonly events: readonly (readonly [type: string, cursor: string])[]
  /** The cursors of each subscription over a socket, as they came: that of `InboxReady` is where it went on from. */
  readonly subscriptions: readonly (readonly string[])[]
  /** Everything that is connected loses its connection, and nothing gets a new one. */
  cut(): void
  mend(): void
  /** What connects from now on gets another gateway. */
  lead(gateway: string): void
  close(): Promise<void>
}

/** Answers what a page asks for besides the gateway: its HTML, its scripts. True: it has. */
export type ServePage = (request: IncomingMessage, response: ServerResponse) => boolean

export async function aWire(firstGateway: string, servePage: ServePage = () => false): Promise<Wire> {
  const sent: Sent[] = []
  const events: (readonly [string, string])[] = []
  const subscriptions: string[][] = []
  const connections = new Set<Duplex>()
  let isCut = false
  let gateway = firstGateway
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: ([first = '']) => first })
  const server = createServer((request, response) => {
    if (!servePage(request, response)) forward(request, response)
  })
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.on('error', () => {}).on('close', () => connections.delete(connection))
    if (isCut) connection.destroy()
  })
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => relay(client, request)),
  )

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request
    const upstream = httpRequest(new URL(request.url ?? '/', gateway), { method: method ?? 'GET', headers })
    let body = ''
    request.on('data', (bytes) => {
      body += bytes
    })
    request.on('end', () => noteSent(body))
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('data', (bytes) => noteEvent(String(bytes))).on('error', () => response.destroy())
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  }

  function relay(client: WebSocket, { headers, url = '/' }: IncomingMessage): void {
    const origin = headers.origin && { origin: gateway }
    const upstream = new WebSocket(new URL(url, gateway.replace('http', 'ws')), client.protocol, {
      headers: { ...origin },
    })
    const waiting: string[] = []
    let own: string[] = []
    client.on('message', (data) => {
      noteSent(String(data))
      if (upstream.readyState === upstream.OPEN) upstream.send(String(data))
      else waiting.push(String(data))
    })
    upstream.on('open', () => {
      for (const text of waiting) upstream.send(text)
    })
    upstream.on('message', (data) => {
      for (const [type, cursor] of noteEvent(String(data))) {
        if (type === 'InboxReady') {
          own = []
          subscriptions.push(own)
        }
        own.push(cursor)
      }
      client.send(String(data))
    })
    upstream.on('close', (code, reason) =>
      code === 1006 || code === 1005 ? client.terminate() : client.close(code, reason),
    )
    upstream.on('error', () => client.terminate())
    client.on('close', () => upstream.close()).on('error', () => client.terminate())
  }

  function noteSent(text: string): void {
    const query = /"query":"(?:query|mutation|subscription) (\w+)/.exec(text)?.[1]
    if (query === undefined) return
    const message = JSON.parse(text)
    // Relay's operations are named by their module and kind.
    const name = query.replace(/^relay(\w+?)(?:Query|Mutation|Subscription)$/, '$1')
    sent.push({ name, variables: (message.payload ?? message).variables })
  }

  function noteEvent(text: string): readonly (readonly [type: string, cursor: string])[] {
    const found = [...text.matchAll(/"__typename":"(Inbox\w+)","cursor":"([^"]+)"/g)].map(
      ([, type = '', cursor = '']) => [type, cursor] as const,
    )
    events.push(...found)
    return found
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  function cut(): void {
    isCut = true
    for (const connection of connections) connection.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    events,
    subscriptions,
    cut,
    mend() {
      isCut = false
    },
    lead(another) {
      gateway = another
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
