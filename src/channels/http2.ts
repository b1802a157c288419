import { type ClientHttp2Session, connect, constants } from 'node:http2'
import type { Answer, Exchange } from './exchange.ts'
import type { Http, HttpRequest, HttpSettings } from './http.ts'
import { onAbort } from './on-abort.ts'

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants
/** How long a connection on which a request timed out may take to answer a ping. */
const pongMs = 1_000

interface Connection {
  readonly session: ClientHttp2Session
  readonly underWay: Set<Promise<Exchange>>
  /** Once it is established. */
  socket: { destroy(): unknown } | undefined
  /** Later streams were not looked at (RFC 9113, section 6.8). */
  lastStreamId: number
}

/** HTTP/2 over TLS, all requests on one connection, which is replaced when it is gone or on its way out. */
export function openHttp2({ url, ca, timeoutMs }: HttpSettings): Http {
  const { origin, host } = new URL(url)
  let current: Connection | undefined
  let open: readonly Connection[] = []

  function openConnection(): Connection {
    const session = connect(origin, ca === undefined ? {} : { ca })
    const connection: Connection = { session, underWay: new Set(), socket: undefined, lastStreamId: Infinity }
    session.once('connect', (_session, socket) => {
      connection.socket = socket
    })
    session.once('goaway', (_code, lastStreamId) => {
      connection.lastStreamId = lastStreamId
      void retire(connection)
    })
    // Each request on it hears of it.
    session.on('error', () => void retire(connection))
    open = [...open, connection]
    return connection
  }

  /** Lets what is under way on it finish. */
  async function retire(connection: Connection): Promise<void> {
    if (current === connection) current = undefined
    await Promise.all(connection.underWay)
    cut(connection)
  }

  function cut(connection: Connection): void {
    if (current === connection) current = undefined
    open = open.filter((each) => each !== connection)
    connection.session.destroy()
    // A session that had begun to close would wait for the other end to close too.
    connection.socket?.destroy()
  }

  /** A connection whose other end is gone without a word would let every request time out. */
  function probe(connection: Connection): void {
    const { session, socket } = connection
    if (session.closed || session.destroyed) return
    if (socket === undefined) cut(connection)
    else {
      const silent = setTimeout(() => cut(connection), pongMs)
      session.ping(() => clearTimeout(silent))
    }
  }

  return {
    async post(request, signal) {
      if (signal.aborted) return { kind: 'unsent', code: 'aborted' }
      if (current === undefined || current.session.closed || current.session.destroyed) current = openConnection()
      const used = current
      const exchanging = exchange(used, host, request, signal, timeoutMs)
      used.underWay.add(exchanging)
      const exchanged = await exchanging
      used.underWay.delete(exchanging)
      if (exchanged.kind !== 'answered' && exchanged.code === 'timeout') probe(used)
      return exchanged
    },
    async close() {
      await Promise.all(open.map(retire))
    },
  }
}

function exchange(
  connection: Connection,
  host: string,
  { path, headers, body }: HttpRequest,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const stream = connection.session.request({ ':method': 'POST', ':authority': host, ':path': path, ...headers })
    let answer: Pick<Answer, 'status' | 'headers'> | undefined
    let ended = false
    let failure: string | undefined
    const chunks: Buffer[] = []

    const stop = (code: string) => {
      failure ??= code
      // One that waits for its connection would close only when there is one.
      if (stream.pending) stream.destroy()
      else stream.close(NGHTTP2_CANCEL)
    }
    const timer = setTimeout(() => stop('timeout'), timeoutMs)
    const forget = onAbort(signal, () => stop('aborted'))

    stream.on('response', ({ ':status': status = 0, ...rest }) => {
      answer = { status, headers: rest }
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      ended = true
    })
    stream.on('error', (error) => {
      failure ??= codeOf(error)
    })
    // Not before: an answer that is cut off ends like a whole one.
    stream.on('close', () => {
      clearTimeout(timer)
      forget()
      const { rstCode, id = 0 } = stream
      if (answer !== undefined && ended && failure === undefined && rstCode === NGHTTP2_NO_ERROR)
        return resolve({ kind: 'answered', ...answer, body: Buffer.concat(chunks).toString() })
      const unsent =
        connection.socket === undefined || rstCode === NGHTTP2_REFUSED_STREAM || id > connection.lastStreamId
      resolve({ kind: unsent ? 'unsent' : 'unanswered', code: failure ?? `stream closed ${rstCode}` })
    })
    stream.end(body)
  })
}

function codeOf(error: Error): string {
  const { cause } = error
  if (cause instanceof Error) return codeOf(cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
