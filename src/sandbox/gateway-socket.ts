import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { access, credentialOf, type ProxySources } from './gateway-proxy.ts'
import { splitTarget } from './http-exchange.ts'
import { parseJson, textAt } from './json.ts'

export interface GatewaySockets {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

const protocol = 'graphql-transport-ws'
const forbidden = 4403
const tryAgainLater = 1013

/**
 * WebSockets of `/gateway/graphql`: what comes over them goes to the gateway, as the demo user whose name the page gives
 * in place of a token. What she signs in with stays here.
 */
export function gatewaySockets(sources: ProxySources): GatewaySockets {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has(protocol) && protocol,
  })

  function relay(client: WebSocket, gateway: string, tokenOf: (userId: string) => string | undefined): void {
    let upstream: WebSocket | undefined
    const waiting: string[] = []
    client.on('error', () => client.terminate())
    client.on('close', () => upstream?.terminate())
    client.on('message', (data) => {
      const text = String(data)
      if (upstream) return upstream.readyState === upstream.OPEN ? upstream.send(text) : void waiting.push(text)
      const name = textAt(parseJson(text), 'payload', 'authorization') ?? ''
      const token = tokenOf(name.replace(/^Bearer /, ''))
      if (token === undefined) return client.close(forbidden, 'The token must be the name of a demo user.')
      waiting.push(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
      const opened = new WebSocket(`${gateway.replace(/^http/, 'ws').replace(/\/+$/, '')}/graphql`, protocol)
      upstream = opened
      opened.on('open', () => {
        for (const each of waiting.splice(0)) opened.send(each)
      })
      opened.on('message', (answer) => client.send(String(answer)))
      opened.on('error', () => client.close(tryAgainLater, 'The gateway does not answer.'))
      opened.on('close', (code, reason) => {
        // 1005 and 1006 only say that nobody said anything.
        if (code === 1005 || code === 1006) client.terminate()
        else client.close(code, reason)
      })
    })
  }

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (splitTarget(request.url ?? '/')[0] !== '/gateway/graphql') return refuse(socket, 404)
    if (!isOwnPage(request)) return refuse(socket, 403)
    const { people, gateway, refusal } = await access(sources, request)
    if (refusal) return refuse(socket, refusal.status)
    const tokenOf = (userId: string) => (userId === 'caller' ? undefined : credentialOf(people, userId))
    server.handleUpgrade(request, socket, head, (client) => relay(client, gateway, tokenOf))
  }

  return {
    accept(request, socket, head) {
      // Who leaves in the middle of it ends nothing else.
      socket.on('error', () => {})
      accept(request, socket, head).catch(() => refuse(socket, 500))
    },
    close() {
      for (const client of server.clients) client.terminate()
    },
  }
}

/** Any page may open a WebSocket to anywhere; only the server can know better. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  return URL.parse(headers.origin ?? '')?.host === headers.host
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
