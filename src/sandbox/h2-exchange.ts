import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { readBody } from './body.ts'
import { splitTarget } from './http-exchange.ts'
import type { ProviderRequest } from './provider.ts'
import type { Exchange } from './receive.ts'

export async function readH2(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<ProviderRequest | undefined> {
  const body = await readBody(stream)
  if (body === undefined) return undefined
  const [path, query] = splitTarget(headers[':path'] ?? '/')
  return { method: headers[':method'] ?? 'GET', path, query, headers, body }
}

export function h2Exchange(stream: ServerHttp2Stream): Exchange {
  return {
    answer({ status, headers, body }) {
      if (stream.destroyed || stream.closed) return
      stream.respond({ ...headers, ':status': status }, { endStream: body === '' })
      if (body !== '') stream.end(body)
    },
    // Only this stream: a whole connection cut would befall every request in flight, not the share that was asked for.
    cut: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  }
}
