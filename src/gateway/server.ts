import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import { unsubscribePath } from '../domain/unsubscribe.ts'
import { log } from '../log.ts'
import { httpResponses } from '../metrics.ts'
import type { App } from '../schema/context.ts'
import { schema as ourSchema } from '../schema/schema.ts'
import { rateLimit } from '../store/rate-limit.ts'
import type { RedisConnection } from '../store/redis.ts'
import { answerErrors, answerJson } from './answer.ts'
import { authentication } from './authenticate.ts'
import { connections as connectionsOf } from './connections.ts'
import { isAllowedOrigin, setCorsHeaders } from './cors.ts'
import { drain } from './drain.ts'
import { graphiqlPage } from './graphiql.ts'
import { type Answer, graphqlOverHttp } from './graphql-over-http.ts'
import { answerLiveness, answerMetrics, answerReadiness } from './health.ts'
import { listen } from './listen.ts'
import { operations as operationsOf } from './operations.ts'
import { refusal } from './refusal.ts'
import type { GatewaySettings } from './settings.ts'
import { sockets as socketsOf } from './sockets.ts'
import { unsubscribe } from './unsubscribe.ts'
import { webhookRoutes } from './webhooks.ts'

export interface GatewayOptions {
  readonly app: App
  /** Without Redis the rate limit is this process's own. */
  readonly redis: RedisConnection | undefined
  readonly host: string
  /** Where none is said: 4000, or the next free one. */
  readonly port: number | undefined
  readonly settings: GatewaySettings
  /** Names of what is not ready; nothing, when all is. */
  readonly ready: () => Promise<readonly string[]>
  /** Everything that `/metrics` tells, in the text format of Prometheus. */
  readonly metricsText: () => Promise<string>
  readonly schema?: GraphQLSchema
}

export interface Gateway {
  /** Base address, without a path. */
  readonly url: string
  readonly port: number
  /** Stops being ready, closes the door, finishes what is in flight, and tells clients to go elsewhere. May be called again. */
  drain(): Promise<void>
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { app, redis, settings, schema = ourSchema } = options
  const { limits, corsOrigins, webhooks } = settings
  const authenticate = authentication(app.database, settings.viewerAuth)
  const operations = operationsOf({
    app,
    schema,
    limits,
    rateLimit: rateLimit(redis),
    introspection: settings.introspection,
  })
  const connections = connectionsOf(limits)
  const sockets = socketsOf({ operations, authenticate, limits, connections, schema })
  const answering = new Set<ServerResponse>()
  let draining: Promise<void> | undefined

  const routes: Readonly<Record<string, Answer>> = {
    '/graphql': graphqlOverHttp({
      operations,
      authenticate,
      limits,
      connections,
      answerPage: settings.graphiql.enabled ? graphiqlPage(settings.graphiql) : undefined,
    }),
    '/livez': answerLiveness,
    '/readyz': answerReadiness(async () => [...(draining ? ['draining'] : []), ...(await options.ready())]),
    '/metrics': answerMetrics(options.metricsText),
    [unsubscribePath]: unsubscribe(app),
    ...(webhooks && webhookRoutes(app, webhooks)),
  }

  const server = createServer(
    {
      maxHeaderSize: 2 * limits.urlBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: 3 * limits.headersMs,
      // Longer than a load balancer keeps an idle connection, so that it is never we who close one it is about to use.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: limits.headersMs / 5,
    },
    (request, response) => {
      const path = pathOf(request)
      answering.add(response)
      response.on('close', () => {
        answering.delete(response)
        httpResponses.inc({
          route: path in routes ? path : 'other',
          status: `${Math.floor(response.statusCode / 100)}xx`,
        })
      })
      if (draining) response.setHeader('Connection', 'close')
      response.setHeader('X-Content-Type-Options', 'nosniff')
      setCorsHeaders(request, response, corsOrigins)
      if ((request.url ?? '').length > limits.urlBytes) return answerErrors(response, [tooLongUrl(limits.urlBytes)])
      const answer = Object.hasOwn(routes, path) ? routes[path] : undefined
      if (answer === undefined) return answerJson(response, 404, { error: `There is nothing at ${path}.` })
      answer(request, response).catch((error) => {
        log.error({ err: error, path }, 'a request failed')
        response.destroy()
      })
    },
  )

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A client may leave at any moment; without a listener that would end the process.
    socket.on('error', () => {})
    if (pathOf(request) !== '/graphql') return refuseUpgrade(socket, '404 Not Found')
    if (!isAllowedOrigin(request, corsOrigins)) return refuseUpgrade(socket, '403 Forbidden')
    if (draining) return refuseUpgrade(socket, '503 Service Unavailable')
    sockets.accept(request, socket, head)
  })

  const port = await listen(server, options.host, options.port)
  return {
    port,
    url: `http://${['0.0.0.0', '::'].includes(options.host) ? 'localhost' : options.host}:${port}`,
    drain() {
      draining ??= drain({ server, sockets, operations, answering, settings: settings.drain })
      return draining
    },
  }
}

/** The path of a request; without its token, which is nobody else's business, where it has one. */
function pathOf({ url = '/' }: IncomingMessage): string {
  if (url.startsWith(unsubscribePath)) return unsubscribePath
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function tooLongUrl(limit: number) {
  return refusal('BAD_REQUEST', `The address is longer than ${limit} bytes: send the query by POST.`, { status: 414 })
}
