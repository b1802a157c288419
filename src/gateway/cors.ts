import type { IncomingMessage, ServerResponse } from 'node:http'

/** Whether a page of this origin may call us: our own pages always, others as configured, and whatever is no browser. */
export function isAllowedOrigin({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true
  return URL.parse(origin)?.host === host
}

/** Credentials are a header that scripts set themselves, so cookies are never needed. */
export function setCorsHeaders(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): void {
  if (allowed.length === 0) return
  response.setHeader('Vary', 'Origin')
  const { origin } = request.headers
  if (origin === undefined || !isAllowedOrigin(request, allowed)) return
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After')
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  if (response.hasHeader('Access-Control-Allow-Origin')) {
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE')
    response.setHeader(
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type, Idempotency-Key, X-GraphQL-Event-Stream-Token',
    )
    response.setHeader('Access-Control-Max-Age', '86400')
  }
  response.setHeader('Allow', 'GET, POST, PUT, DELETE, OPTIONS')
  response.writeHead(204).end()
  request.resume()
}
