import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type GraphQLError, type GraphQLSchema, parse } from 'graphql'
import { type Context, handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { log } from '../log.ts'
import { openSockets } from '../metrics.ts'
import type { Authenticate } from './authenticate.ts'
import { comeBackInMs } from './come-back.ts'
import type { Connections, Release } from './connections.ts'
import { cork, uncork } from './corked.ts'
import { keepAlive } from './keep-alive.ts'
import type { LiveSubscription } from './live-subscription.ts'
import { operationRequest } from './operation-request.ts'
import type { Operations } from './operations.ts'
import { publicError } from './public-error.ts'
import { errorWithoutHttp } from './public-result.ts'
import { refusal } from './refusal.ts'
import type { Limits } from './settings.ts'
import { socketCredentials } from './socket-credentials.ts'
import { writeText } from './write-text.ts'

export interface Sockets {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Tells every client to connect again, elsewhere, and when: they should not all come at once. */
  goAway(): void
}

export interface SocketSettings {
  readonly operations: Operations
  readonly authenticate: Authenticate
  readonly limits: Limits
  readonly connections: Connections
  readonly schema: GraphQLSchema
}

interface Connection {
  readonly socket: WebSocket
  /** What it writes to. */
  readonly wire: Duplex
  /** What counts it, to be given back when it has closed. */
  readonly counted: Release[]
  /** Set once the credentials have been accepted. */
  authorization: string | undefined
}

type Params = Record<string, unknown> | undefined

/** Before it has signed in, a client has nothing long to say. */
const initBytes = 65_536

/** A client that does not read is not sent any more. */
const unreadBytes = 8 * 1024 ** 2

/** Events wait in their streams, which are bounded, when this much is on its way to their client. */
const fullBytes = 256 * 1024

/** The protocol's word for "your credentials do not do", at once or later: clients connect again with new ones. */
const forbidden = 4403

/** graphql-ws takes it as final: her other tabs would have to close first. */
const tooManyOfHers = 4429

/** Clients try again, and a load balancer has others. */
const tryAgainLater = 1013

/** GraphQL over WebSocket: the protocol is graphql-ws's, every operation goes the way of all others. */
export function sockets({ operations, authenticate, limits, connections, schema }: SocketSettings): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: limits.bodyBytes,
    perMessageDeflate: false,
  })

  const protocol = makeServer<NonNullable<Params>, Connection>({
    connectionInitWaitTimeout: 5000,

    async onConnect({ connectionParams, extra }) {
      const authorization = socketCredentials(connectionParams)
      if (authorization === undefined) return refuse(extra.socket, 'Sign in: connection_init needs "Authorization".')
      try {
        const counted = connections.openOf(await authenticate(authorization))
        if (counted === undefined) {
          extra.socket.close(tooManyOfHers, `A user may have ${limits.socketsPerViewer} sockets at a time.`)
          return false
        }
        extra.counted.push(counted)
        if (extra.socket.readyState !== extra.socket.OPEN) release(extra)
        extra.authorization = authorization
        return true
      } catch (error) {
        return refuse(extra.socket, publicError(error))
      }
    },

    async onSubscribe(context, id, payload) {
      try {
        const result = await run(context, payload)
        if ('sendTo' in result) return { ...performed, schema, rootValue: sending(context.extra, id, result) }
        // Without data nothing was executed: the protocol has a message of its own for that.
        if (!(Symbol.asyncIterator in result) && result.data === undefined && result.errors) {
          return result.errors.map(errorWithoutHttp)
        }
        return { ...performed, schema, rootValue: result }
      } catch (error) {
        return [errorWithoutHttp(publicError(error))]
      }
    },

    execute: ({ rootValue }) => rootValue as Awaited<ReturnType<Operations['run']>>,
    // Without its `http`; that no error has one is the usual case.
    onNext: (_context, _id, _payload, _args, { data, errors }) =>
      errors && { data: data ?? null, errors: errors.map((error) => errorWithoutHttp(error).toJSON()) },
  })

  async function run({ extra, subscriptions }: Context<NonNullable<Params>, Connection>, payload: unknown) {
    if (Object.keys(subscriptions).length > limits.operationsPerSocket) throw tooMany(limits.operationsPerSocket)
    const principal = await authenticate(extra.authorization).catch((error: unknown) => {
      refuse(extra.socket, publicError(error))
      throw error
    })
    return operations.run(operationRequest(payload), {
      principal,
      idempotencyKey: undefined,
      mayMutate: true,
      signedIn: () =>
        authenticate(extra.authorization).then(
          () => true,
          () => false,
        ),
      onSignedOut: () => extra.socket.close(forbidden, 'Your credentials have ended.'),
    })
  }

  function open(socket: WebSocket, wire: Duplex): void {
    const counted = connections.open()
    // What is wrong with a client's frames (too long, not UTF-8) ends its socket, by ws; there is nothing to add.
    socket.on('error', () => {})
    if (counted === undefined) {
      socket.close(tryAgainLater, 'There are too many sockets here: try again later.')
      return
    }
    openSockets.inc()
    const connection: Connection = { socket, wire, counted: [counted], authorization: undefined }
    const stopPinging = keepAlive(socket)
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            const text = String(data)
            if (connection.authorization === undefined && text.length > initBytes) socket.close(4400, 'Sign in first')
            else handle(text).catch((error) => fail(socket, error))
          })
        },
      },
      connection,
    )
    socket.on('close', (code, reason) => {
      openSockets.dec()
      release(connection)
      stopPinging()
      closed(code, String(reason)).catch((error) => log.error({ err: error }, 'a socket could not be cleaned up'))
    })
  }

  return {
    accept: (request, wire, head) => server.handleUpgrade(request, wire, head, (socket) => open(socket, wire)),
    goAway() {
      for (const client of server.clients) {
        const inMs = comeBackInMs(server.clients.size, Math.random())
        client.close(1001, `Going away: come back in ${inMs} ms.`)
      }
    },
  }
}

/**
 * To graphql-ws it is a subscription without results, until it ends: what it has is written to the socket as the text that
 * many sockets share, with nothing but the id put in.
 */
function sending({ socket, wire }: Connection, id: string, live: LiveSubscription): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  const ended = Promise.withResolvers<IteratorReturnResult<undefined>>()
  const end = () => ended.resolve({ done: true, value: undefined })
  let stop: (() => void) | undefined
  return {
    next() {
      stop ??= live.sendTo({
        isFull() {
          if (wire.writableLength > fullBytes) uncork(wire)
          return wire.writableLength > fullBytes
        },
        whenTaken: (goOn) => wire.once('drain', goOn),
        send(result) {
          if (socket.readyState !== socket.OPEN) return
          cork(wire)
          writeText(wire, `${head}${result}}`)
        },
        end,
      })
      return ended.promise
    },
    return() {
      if (stop) stop()
      else void live.return?.()
      end()
      return ended.promise
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function release({ counted }: Connection): void {
  for (const give of counted.splice(0)) give()
}

/** graphql-ws wants to execute something: here everything has been done when it does. */
const performed = { document: parse('{ performed }') }

function refuse(socket: WebSocket, why: string | GraphQLError): false {
  const isRefusal = typeof why === 'string' || why.extensions['code'] === 'UNAUTHENTICATED'
  socket.close(isRefusal ? forbidden : tryAgainLater, typeof why === 'string' ? why : why.message)
  return false
}

function tooMany(limit: number): GraphQLError {
  return refusal('TOO_MANY_OPERATIONS', `At most ${limit} operations may run on one socket at a time.`, { status: 429 })
}

/** Resolves when the message is on its way, so that a slow reader is sent one at a time. */
function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.bufferedAmount > unreadBytes) socket.terminate()
  return new Promise((resolve) => {
    if (socket.readyState === socket.OPEN) socket.send(text, () => resolve())
    else resolve()
  })
}

function fail(socket: WebSocket, error: unknown): void {
  log.error({ err: error }, 'a message over a socket failed')
  socket.close(1011, 'Internal error')
}
