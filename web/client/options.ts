import { type FieldProblem, problemsError } from './inbox-error.ts'
import { retryDelayMs } from './retry-delay.ts'

export type Token = string | ((request: TokenRequest) => string | Promise<string>)

export interface TokenRequest {
  /** The server has just refused the last one: a token out of a cache will not do. */
  readonly refused: boolean
}

export interface InboxOptions {
  /** Of the gateway's GraphQL: `https://notify.example.com/graphql`. In a page it may be relative. */
  readonly url: string | URL
  /** The user's token; or what gets one, and is asked again whenever the old one has ended. */
  readonly token: Token
  /** Items of a page: 1 to 100, 20 unless said. */
  readonly pageSize?: number | undefined
  /** Keeps `unreadByCategory` up to date too. It costs the server a query for each event. */
  readonly categories?: boolean | undefined
  /** Where there is no global one. */
  readonly webSocketImpl?: unknown
  /** How long to wait before the given attempt to connect again, 1 being the first. Unless said: up to 30 s, with jitter. */
  readonly retryDelayMs?: ((attempt: number) => number) | undefined
}

export interface Settings {
  readonly url: string
  readonly token: Token
  readonly pageSize: number
  readonly categories: boolean
  readonly webSocketImpl: unknown
  readonly retryDelayMs: (attempt: number) => number
}

/** @throws InboxError `BAD_OPTIONS`, with every problem. */
export function checkedOptions(options: InboxOptions): Settings {
  const { token, pageSize = 20, categories = false, webSocketImpl = globalThis.WebSocket } = options
  const url = socketUrl(options.url)
  const problems: FieldProblem[] = []
  const check = (isGood: boolean, option: string, message: string) => {
    if (!isGood) problems.push({ path: [option], message })
  }
  check(url !== undefined, 'url', 'has to be an address that begins with http, https, ws or wss')
  check(typeof token === 'function' || isToken(token), 'token', 'has to be a token, or a function that gets one')
  check(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 100, 'pageSize', 'has to be from 1 to 100')
  check(typeof webSocketImpl === 'function', 'webSocketImpl', 'is missing: there is no global WebSocket here')
  if (url === undefined || problems.length > 0) throw problemsError('BAD_OPTIONS', problems)
  return { url, token, pageSize, categories, webSocketImpl, retryDelayMs: options.retryDelayMs ?? retryDelayMs }
}

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]+$/.test(value)
}

function socketUrl(given: string | URL): string | undefined {
  const url = URL.parse(given, globalThis.location?.href)
  if (url === null || !/^(http|ws)s?:$/.test(url.protocol)) return undefined
  url.protocol = url.protocol.replace('http', 'ws')
  url.hash = ''
  return url.href
}
