import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerErrors, answerResult, type JsonMediaType } from './answer.ts'
import type { Authenticate } from './authenticate.ts'
import { readBody } from './body.ts'
import type { Connections } from './connections.ts'
import { answerPreflight } from './cors.ts'
import { countStream } from './count-stream.ts'
import { type AnswerPage, wantsPage } from './graphiql.ts'
import { operationRequest } from './operation-request.ts'
import type { Asker, Operations } from './operations.ts'
import { publicError } from './public-error.ts'
import { refusal } from './refusal.ts'
import type { Limits } from './settings.ts'
import { singleConnection } from './single-connection.ts'
import { whenClosed } from './when-closed.ts'
import { yogaOver } from './yoga.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface GraphQLOverHttp {
  readonly operations: Operations
  readonly authenticate: Authenticate
  readonly limits: Limits
  readonly connections: Connections
  /** GraphiQL, where it is on. */
  readonly answerPage: AnswerPage | undefined
}

/** `/graphql` over HTTP, server-sent events in both modes of graphql-sse included. Never rejects. */
export function graphqlOverHttp(settings: GraphQLOverHttp): Answer {
  const { operations, authenticate, limits, connections, answerPage } = settings
  const yoga = yogaOver(operations, limits.batch)
  const streams = singleConnection({ operations, connections, limits })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') return answerPreflight(request, response)
    if (!methods.has(request.method ?? '')) throw wrongMethod()
    if (answerPage && wantsPage(request)) return answerPage(request, response)
    const body = request.method === 'POST' ? await parsedBody(request) : undefined
    const asker = await askerOf(request)
    if (streams.concerns(request)) return streams.answer(request, response, asker, body)
    if (takesEvents(request)) whenClosed(response, countStream(connections, asker.principal))
    const mediaType = onlyJson(request.headers.accept)
    if (body !== undefined && mediaType && !Array.isArray(body)) {
      return answerDirectly(response, body, asker, mediaType)
    }
    // To Yoga "anything" includes multipart; what is meant is JSON, and server-sent events for a subscription.
    if (request.headers.accept === undefined || request.headers.accept === '*/*') {
      request.headers.accept = 'text/event-stream, application/json'
    }
    await yoga(Object.assign(request, { body }), response, { asker })
  }

  /** What nearly every request is, without the cost of the Fetch API around it. */
  async function answerDirectly(
    response: ServerResponse,
    body: unknown,
    asker: Asker,
    mediaType: JsonMediaType,
  ): Promise<void> {
    const result = await operations.run(operationRequest(body), asker)
    if (!(Symbol.asyncIterator in result)) return answerResult(response, result, mediaType)
    await result.return?.()
    throw refusal('BAD_REQUEST', 'A subscription needs "Accept: text/event-stream", or a WebSocket.', { status: 406 })
  }

  async function parsedBody(request: IncomingMessage): Promise<unknown> {
    if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) throw wrongMediaType()
    const text = await readBody(request, limits.bodyBytes)
    const body = parsedJson(text)
    if (Array.isArray(body) && body.length === 0) throw emptyBatch()
    return body
  }

  async function askerOf({ headers, method }: IncomingMessage): Promise<Asker> {
    const { authorization } = headers
    const idempotencyKey = headers['idempotency-key']
    return {
      principal: await authenticate(authorization),
      idempotencyKey: typeof idempotencyKey === 'string' && idempotencyKey !== '' ? idempotencyKey : undefined,
      mayMutate: method === 'POST',
      signedIn: () =>
        authenticate(authorization).then(
          () => true,
          () => false,
        ),
    }
  }

  return async (request, response) => {
    try {
      await answer(request, response)
    } catch (error) {
      if (request.destroyed && !response.writable) return
      answerErrors(response, [publicError(error)])
    }
  }
}

function takesEvents({ headers }: IncomingMessage): boolean {
  return /text\/event-stream/i.test(headers.accept ?? '')
}

/** PUT and DELETE are for event streams. */
const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE'])

/** The media type of a client that accepts JSON and no stream of events; undefined for others. */
function onlyJson(accept: string | undefined): JsonMediaType | undefined {
  if (accept === undefined || accept === '*/*') return 'application/json'
  for (const type of accept.toLowerCase().split(',')) {
    const [name] = type.trim().split(';')
    if (name === 'application/json' || name === 'application/graphql-response+json') {
      return /text\/event-stream|multipart\/|charset=(?!utf-8)/i.test(accept) ? undefined : name
    }
  }
  return undefined
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('BAD_REQUEST', 'The body is not JSON.', { status: 400 })
  }
}

function wrongMethod() {
  return refusal('BAD_REQUEST', 'GraphQL is asked by GET and POST.', {
    status: 405,
    headers: { Allow: 'GET, POST, PUT, DELETE' },
  })
}

/** A form can be sent by any web page on behalf of its visitor; JSON cannot. */
function wrongMediaType() {
  return refusal('BAD_REQUEST', 'The body has to be "Content-Type: application/json".', { status: 415 })
}

function emptyBatch() {
  return refusal('BAD_REQUEST', 'The batch is empty.', { status: 400 })
}
