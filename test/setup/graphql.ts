import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import type { Demo } from './carillon.ts'

/** Whatever has a gateway: the Carillon that all tests share, or one of a test's own. */
export interface Service {
  readonly demo: Demo
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** JSON; text where it is none. */
  readonly body: unknown
}

/** Runs an operation and resolves with its data. Rejects on errors of the operation as a whole. */
export async function ask<Result, Variables>(
  service: Service,
  credential: string,
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const answer = await post(service, { query: print(document), variables }, bearer(credential))
  const { data, errors } = answer.body as { readonly data?: Result; readonly errors?: unknown }
  if (data === undefined || errors !== undefined) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return data
}

/** Sends a body to `/graphql` as JSON; a string goes as it is. */
export async function post(
  { demo }: Service,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${demo.gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

export function bearer(credential: string): { readonly authorization: string } {
  return { authorization: `Bearer ${credential}` }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
