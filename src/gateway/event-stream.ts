import type { ServerResponse } from 'node:http'
import type { OperationResult } from './operations.ts'
import { withoutHttp } from './public-result.ts'
import { whenClosed } from './when-closed.ts'

/** One stream of server-sent events with the results of many operations: it may be asked for more before it is connected. */
export interface EventStream {
  readonly isConnected: boolean
  /** How many operations have not come to their end. */
  readonly running: number
  connect(response: ServerResponse): void
  /** Makes room for an operation. undefined: one with this id is there already. */
  begin(id: string): StreamedOperation | undefined
  /** Ends an operation: nothing more of it is sent. */
  stop(id: string): void
}

export interface StreamedOperation {
  /** False: it has been stopped since, or its stream has ended. Then the result is let go of. */
  send(result: OperationResult): boolean
  /** It has no result to send. */
  forget(): void
}

const pingEveryMs = 12_000

/** Who has reserved a stream comes for it at once. */
const reservedMs = 30_000

export function eventStream(onEnd: () => void): EventStream {
  const operations = new Map<string, { letGo(): void }>()
  const connected = Promise.withResolvers<ServerResponse>()
  let isConnected = false
  const reservation = setTimeout(end, reservedMs).unref()

  function end(): void {
    clearTimeout(reservation)
    for (const id of [...operations.keys()]) stop(id)
    onEnd()
  }

  function stop(id: string): void {
    operations.get(id)?.letGo()
    operations.delete(id)
  }

  return {
    get isConnected() {
      return isConnected
    },
    get running() {
      return operations.size
    },
    stop,
    connect(response) {
      isConnected = true
      clearTimeout(reservation)
      const pings = setInterval(() => response.write(':\n\n'), pingEveryMs)
      // What a client does wrong on its connection ends the stream; there is nothing to add.
      response.on('error', () => {})
      whenClosed(response, () => {
        clearInterval(pings)
        end()
      })
      if (response.destroyed) return
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-cache',
        'X-Accel-Buffering': 'no',
      })
      // Some browsers take no notice of headers alone.
      response.write(':\n\n')
      connected.resolve(response)
    },
    begin(id) {
      if (operations.has(id)) return undefined
      const operation = { letGo() {} }
      operations.set(id, operation)
      const isRunning = () => operations.get(id) === operation
      const forget = () => void (isRunning() && operations.delete(id))
      return {
        forget,
        send(result) {
          const letGo = () => void (Symbol.asyncIterator in result && result.return?.())
          if (!isRunning()) {
            letGo()
            return false
          }
          operation.letGo = letGo
          void sendAll(connected.promise, id, result, isRunning).finally(forget)
          return true
        },
      }
    },
  }
}

/** One at a time, as the client takes them: what it has not taken stays where it comes from. Never rejects. */
async function sendAll(
  connected: Promise<ServerResponse>,
  id: string,
  result: OperationResult,
  isRunning: () => boolean,
): Promise<void> {
  const response = await connected
  const results = Symbol.asyncIterator in result ? result : [result]
  for await (const each of results) {
    if (!isRunning()) return
    await write(response, 'next', { id, payload: withoutHttp(each) })
  }
  if (isRunning()) await write(response, 'complete', { id })
}

function write(response: ServerResponse, event: string, data: object): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve()
    else response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`, () => resolve())
  })
}
