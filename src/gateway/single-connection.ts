import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { answerResult } from './answer.ts'
import type { Connections } from './connections.ts'
import { countStream } from './count-stream.ts'
import { type EventStream, eventStream } from './event-stream.ts'
import { operationRequest } from './operation-request.ts'
import type { Asker, Operations } from './operations.ts'
import { type RefusalCode, refusal, unauthenticated } from './refusal.ts'
import type { Limits } from './settings.ts'

/**
 * The single connection mode of graphql-sse (its PROTOCOL.md): PUT reserves a stream and answers its token, GET with the
 * token connects it, POST with the token asks and DELETE stops asking. All results come over the one connection, because a
 * browser has six for each host over HTTP/1.
 */
export interface SingleConnection {
  /** Whether a request is about such a stream. */
  concerns(request: IncomingMessage): boolean
  /** Rejects with an error to answer. */
  answer(request: IncomingMessage, response: ServerResponse, asker: Asker, body: unknown): Promise<void>
}

const tokenHeader = 'x-graphql-event-stream-token'

const identified = z.looseObject({
  extensions: z.looseObject({ operationId: z.string().min(1).max(128) }),
})

export interface SingleConnectionSettings {
  readonly operations: Operations
  readonly connections: Connections
  readonly limits: Limits
}

export function singleConnection({ operations, connections, limits }: SingleConnectionSettings): SingleConnection {
  const { operationsPerSocket } = limits
  const streams = new Map<string, EventStream>()

  function reserve(response: ServerResponse, { principal }: Asker): void {
    if (principal.kind === 'nobody') throw unauthenticated('Sign in to reserve a stream.')
    const token = randomUUID()
    const release = countStream(connections, principal)
    const stream = eventStream(() => {
      streams.delete(token)
      release()
    })
    streams.set(token, stream)
    response.writeHead(201, { 'Content-Type': 'text/plain; charset=utf-8' }).end(token)
  }

  function reserved(request: IncomingMessage): EventStream {
    const stream = streams.get(tokenOf(request) ?? '')
    if (stream) return stream
    throw refused('There is no such stream: reserve one by PUT.', 404)
  }

  async function ask(stream: EventStream, response: ServerResponse, asker: Asker, body: unknown): Promise<void> {
    const { success, data } = identified.safeParse(body)
    if (!success) throw refused('"extensions.operationId" has to be a string, by which its results are known.', 400)
    if (stream.running >= operationsPerSocket) {
      const most = `At most ${operationsPerSocket} operations may run on one stream at a time.`
      throw refused(most, 429, 'TOO_MANY_OPERATIONS')
    }
    const request = operationRequest(body)
    const operation = stream.begin(data.extensions.operationId)
    if (operation === undefined) throw refused('An operation with this id is running.', 409)
    const result = await operations.run(request, asker)
    if (!(Symbol.asyncIterator in result) && result.data === undefined) {
      operation.forget()
      return answerResult(response, result, 'application/graphql-response+json', 'application/json')
    }
    response.writeHead(operation.send(result) ? 202 : 204).end()
  }

  return {
    concerns: (request) => request.method === 'PUT' || request.method === 'DELETE' || tokenOf(request) !== undefined,
    async answer(request, response, asker, body) {
      if (request.method === 'PUT') return reserve(response, asker)
      const stream = reserved(request)
      if (request.method === 'POST') return ask(stream, response, asker, body)
      if (request.method === 'DELETE') {
        stream.stop(paramOf(request, 'operationId') ?? '')
        response.writeHead(200).end()
        return
      }
      if (stream.isConnected) throw refused('This stream is connected already.', 409)
      stream.connect(response)
    },
  }
}

function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers[tokenHeader]
  return typeof header === 'string' ? header : paramOf(request, 'token')
}

function paramOf({ url = '' }: IncomingMessage, name: string): string | undefined {
  const start = url.indexOf('?')
  return start < 0 ? undefined : (new URLSearchParams(url.slice(start)).get(name) ?? undefined)
}

function refused(message: string, status: number, code: RefusalCode = 'BAD_REQUEST') {
  return refusal(code, message, { status })
}
