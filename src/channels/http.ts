import { type Dispatcher, Pool } from 'undici'
import type { Exchange } from './exchange.ts'
import { onAbort } from './on-abort.ts'

export interface HttpSettings {
  /** The base address; its path comes before that of each request. */
  readonly url: string
  /** PEM of the authority that signed the server's certificate, where it is none of the usual ones. */
  readonly ca?: string | undefined
  /** For everything from the call to the last byte of the answer. */
  readonly timeoutMs: number
}

export interface HttpRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Requests to one provider, telling what never left from what may have arrived. Never retries, never rejects. */
export interface Http {
  post(request: HttpRequest, signal: AbortSignal): Promise<Exchange>
  close(): Promise<void>
}

/** One that can be asked for what it has, too. */
export interface HttpWithGet extends Http {
  get(request: Omit<HttpRequest, 'body'>, signal: AbortSignal): Promise<Exchange>
}

/** For each provider; a request beyond them waits, within its timeout. */
const connections = 64
const maxResponseSize = 1_000_000

/** HTTP/1.1. */
export function openHttp({ url, ca, timeoutMs }: HttpSettings): HttpWithGet {
  const { origin, pathname } = new URL(url)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, { connections, maxResponseSize, connect: { timeout: timeoutMs, ca } })
  async function send(
    method: 'GET' | 'POST',
    { path, headers, body }: Omit<HttpRequest, 'body'> & Partial<HttpRequest>,
    signal: AbortSignal,
  ): Promise<Exchange> {
    if (signal.aborted) return { kind: 'unsent', code: 'aborted' }
    return exchange(pool, { method, path: `${prefix}${path}`, headers, body: body ?? null }, signal, timeoutMs)
  }
  return {
    get: (request, signal) => send('GET', request, signal),
    post: (request, signal) => send('POST', request, signal),
    close: () => pool.close(),
  }
}

function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let over = false
    let status = 0
    let headers = {}
    const chunks: Buffer[] = []

    const end = (how: Exchange) => {
      if (over) return
      over = true
      clearTimeout(timer)
      forget()
      resolve(how)
    }
    const fail = (code: string) => end({ kind: controller === undefined ? 'unsent' : 'unanswered', code })
    const stop = (code: string) => {
      fail(code)
      controller?.abort(new Error(code))
    }
    const timer = setTimeout(() => stop('timeout'), timeoutMs)
    const forget = onAbort(signal, () => stop('aborted'))

    pool.dispatch(request, {
      // The last thing before the first byte is written: aborting here sends nothing.
      onRequestStart(started) {
        controller = started
        if (over) started.abort(new Error('over'))
      },
      onResponseStart(_, statusCode, responseHeaders) {
        status = statusCode
        headers = responseHeaders
      },
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        end({ kind: 'answered', status, headers, body: Buffer.concat(chunks).toString() })
      },
      onResponseError(_, error) {
        fail(codeOf(error))
      },
    })
  })
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
