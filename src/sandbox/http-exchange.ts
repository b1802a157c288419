import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import type { Answer, ProviderRequest } from './provider.ts'
import type { Exchange } from './receive.ts'

/** The request without the first `prefix` characters of its path; undefined when the client left before its end. */
export async function readHttp(request: IncomingMessage, prefix = 0): Promise<ProviderRequest | undefined> {
  const body = await readBody(request)
  if (body === undefined) return undefined
  const [path, query] = splitTarget(request.url ?? '/')
  return { method: request.method ?? 'GET', path: path.slice(prefix), query, headers: request.headers, body }
}

export function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const mark = target.indexOf('?')
  return mark < 0
    ? [target, new URLSearchParams()]
    : [target.slice(0, mark), new URLSearchParams(target.slice(mark + 1))]
}

export function httpExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  return { answer: (answer) => send(response, answer), cut: () => request.socket.resetAndDestroy() }
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
