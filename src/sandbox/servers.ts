import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { Certificates } from './certificates.ts'
import { h2Exchange, readH2 } from './h2-exchange.ts'
import { httpExchange, readHttp, send } from './http-exchange.ts'
import { jsonAnswer, type Provider, type ProviderRequest } from './provider.ts'
import type { Exchange } from './receive.ts'

export type Receive = (provider: Provider, request: ProviderRequest, exchange: Exchange) => Promise<void>
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

// Longer than any client keeps an idle connection: closing one that is about to be used looks like a lost answer.
const keepAliveTimeout = 120_000

/** Everything under `/<provider>/` goes to that provider; the rest are the sandbox's own pages. */
export function plainServer(providers: readonly Provider[], receive: Receive, pages: HttpHandler): Server {
  const byName = new Map(providers.filter(({ transport }) => transport === 'http').map((each) => [each.name, each]))
  return createHttpServer({ keepAliveTimeout, noDelay: true }, async (request, response) => {
    const name = /^\/([a-z]+)\//.exec(request.url ?? '')?.[1] ?? ''
    const provider = byName.get(name)
    try {
      if (!provider) return await pages(request, response)
      const read = await readHttp(request, name.length + 1)
      if (read) await receive(provider, read, httpExchange(request, response))
    } catch (error) {
      console.error(error)
      send(response, jsonAnswer(500, { error: 'the sandbox itself failed; its log says how' }))
    }
  })
}

/** Where a provider has its clients fetch access tokens: Google's OAuth endpoint. */
export function tlsServer({ cert, key }: Certificates, providers: readonly Provider[]): Server {
  const provider = providers.find(({ signIn }) => signIn)
  return createTlsServer({ cert, key, keepAliveTimeout, noDelay: true }, async (request, response) => {
    const read = await readHttp(request)
    if (read) send(response, provider?.signIn?.(read, new Date()) ?? jsonAnswer(404, { error: 'not_found' }))
  })
}

/** APNs speaks nothing but HTTP/2. `sessions` holds what is connected. */
export function h2Server(
  { cert, key }: Certificates,
  providers: readonly Provider[],
  receive: Receive,
  sessions: Set<ServerHttp2Session>,
): Http2SecureServer {
  const provider = providers.find(({ transport }) => transport === 'h2')
  const server = createSecureServer({
    cert,
    key,
    settings: { maxConcurrentStreams: 1000 },
    // A client that gives up on many hanging requests at once is not an attack here.
    streamResetBurst: 100_000,
    streamResetRate: 100_000,
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    session.on('stream', async (stream, headers) => {
      stream.on('error', () => stream.destroy())
      try {
        const request = await readH2(stream, headers)
        if (request && provider) await receive(provider, request, h2Exchange(stream))
      } catch (error) {
        console.error(error)
        h2Exchange(stream).answer({ status: 500, headers: {}, body: '{"reason":"InternalServerError"}' })
      }
    })
  })
  return server
}
