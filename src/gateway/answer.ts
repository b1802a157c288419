import type { ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { withoutHttp } from './public-result.ts'

export type JsonMediaType = 'application/json' | 'application/graphql-response+json'

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answerText(response, status, 'application/json', JSON.stringify(body))
}

/** Any refusal looks as an answer of GraphQL does. */
export function answerErrors(response: ServerResponse, errors: readonly GraphQLError[]): void {
  answerResult(response, { errors }, 'application/graphql-response+json', 'application/json')
}

/**
 * A result as "GraphQL over HTTP" has it: with application/json, errors of the document itself answer 200
 * (`http.spec`).
 */
export function answerResult(
  response: ServerResponse,
  result: ExecutionResult,
  asked: JsonMediaType,
  mediaType: JsonMediaType = asked,
): void {
  let status = 200
  for (const { extensions } of result.errors ?? []) {
    const http = httpOf(extensions)
    for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value)
    if (http.spec && asked === 'application/json') continue
    status = Math.max(status, http.status ?? 200)
  }
  answerText(response, status, mediaType, JSON.stringify(withoutHttp(result)))
}

interface Http {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly spec?: boolean
}

function httpOf(extensions: Readonly<Record<string, unknown>>): Http {
  const http = extensions['http']
  return typeof http === 'object' && http !== null ? http : {}
}

function answerText(response: ServerResponse, status: number, mediaType: string, text: string): void {
  const bytes = Buffer.byteLength(text)
  response.writeHead(status, { 'Content-Type': `${mediaType}; charset=utf-8`, 'Content-Length': bytes })
  // In plain ASCII both are the same bytes, and Latin-1 is the faster one to write.
  response.end(text, bytes === text.length ? 'latin1' : 'utf8')
}
