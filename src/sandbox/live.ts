import type { ServerResponse } from 'node:http'
import type { Faults } from './faults.ts'
import type { Ledger, Written } from './ledger.ts'

/** What the page follows: server-sent events of rows and of faults. */
export interface Live {
  join(response: ServerResponse): Promise<void>
  tellFaults(): void
  close(): void
}

const everyMs = 200
const historyRows = 200
const mostRowsAtOnce = 60
const mostBufferedBytes = 4 * 1024 * 1024

/**
 * Tells every open page what arrives, five times a second at most and the newest rows only: a benchmark's
 * thousands a second would help nobody. A page that reads too slowly misses rows.
 */
export function createLive(ledger: Ledger, faults: Faults): Live {
  const readers = new Set<ServerResponse>()
  let news: Written[] = []
  let faultsChanged = false
  let timer: NodeJS.Timeout | undefined

  function tell(event: string, data: unknown): void {
    const text = eventText(event, data)
    for (const reader of readers) if (reader.writableLength < mostBufferedBytes) reader.write(text)
  }

  function soon(): void {
    if (readers.size > 0) timer ??= setTimeout(tellNews, everyMs).unref()
  }

  function tellNews(): void {
    timer = undefined
    if (news.length > 0) tell('messages', { size: ledger.size, messages: news })
    if (news.length > 0 || faultsChanged) tell('faults', faults.states())
    news = []
    faultsChanged = false
  }

  ledger.watch((written) => {
    if (written === null) {
      news = []
      tell('cleared', {})
    } else if (readers.size > 0) {
      news = [...news, ...written.slice(-mostRowsAtOnce)].slice(-mostRowsAtOnce)
      soon()
    }
  })

  return {
    async join(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      const numbers = Array.from(
        { length: Math.min(ledger.size, historyRows) },
        (_, index) => index + Math.max(0, ledger.size - historyRows),
      )
      // Joined before the past is read, so that no row falls between the two; the page knows a row by its number.
      readers.add(response)
      response.on('close', () => readers.delete(response))
      response.write(eventText('faults', faults.states()))
      const lines: string[] = []
      for await (const piece of ledger.lines(numbers)) lines.push(...piece)
      const messages = lines.map((line, index) => `{"number":${numbers[index]},"row":${line}}`)
      response.write(`event: messages\ndata: {"size":${ledger.size},"messages":[${messages.join(',')}]}\n\n`)
    },
    tellFaults() {
      faultsChanged = true
      soon()
    },
    close() {
      clearTimeout(timer)
      for (const reader of readers) reader.end()
    },
  }
}

function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
