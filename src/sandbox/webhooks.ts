import { Pool } from 'undici'
import type { Ledger } from './ledger.ts'
import { type News, newsOf } from './news.ts'
import type { Sender, WebhookCall } from './sender.ts'

/** Tells the gateway what becomes of the messages that providers have accepted, a fraction of a second later. */
export interface Webhooks {
  /** Ends what is under way; what is still to be told is forgotten. */
  close(): Promise<void>
}

const everyMs = 100
/** Beyond them news is lost, as it is at providers whose customers are away for days. */
const mostWaiting = 50_000
/** From here on a sender that needs a request for each leaves out what the next one says as well. */
const manyWaiting = 1000
const connections = 16
const patienceMs = 10_000
/** While the gateway is away; about two minutes in all. */
const againMs = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000]

interface Waiting {
  readonly news: News
  readonly tries: number
}

export function createWebhooks(ledger: Ledger, gateway: string | undefined, senders: readonly Sender[]): Webhooks {
  if (gateway === undefined) return { close: async () => {} }
  const base = new URL(gateway)
  const prefix = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, { connections, headersTimeout: patienceMs, bodyTimeout: patienceMs })
  const byProvider = new Map(senders.map((sender) => [sender.provider, sender]))
  /** By the tick at which they are due. */
  const due = new Map<number, Waiting[]>()
  /** Waiting, or on their way. */
  let count = 0
  let timer: NodeJS.Timeout | undefined

  function put(news: News, tries: number, inMs: number): void {
    if (count >= mostWaiting) return
    const tick = Math.ceil((Date.now() + inMs) / everyMs)
    const list = due.get(tick)
    if (list) list.push({ news, tries })
    else due.set(tick, [{ news, tries }])
    count++
    timer ??= setTimeout(tellDue, everyMs).unref()
  }

  function tellDue(): void {
    timer = undefined
    const now = Date.now() / everyMs
    const ready = [...due.keys()].filter((tick) => tick <= now).flatMap(take)
    for (const [provider, waiting] of Map.groupBy(ready, ({ news }) => news.provider)) {
      const sender = byProvider.get(provider)
      if (sender) tell(sender, waiting).catch(console.error)
    }
    if (due.size > 0) timer ??= setTimeout(tellDue, everyMs).unref()
  }

  function take(tick: number): readonly Waiting[] {
    const list = due.get(tick) ?? []
    due.delete(tick)
    return list
  }

  async function tell(sender: Sender, waiting: readonly Waiting[]): Promise<void> {
    const untold = await untoldOf(
      sender,
      waiting.map(({ news }) => news),
    )
    count -= waiting.length
    for (const { news, tries } of waiting) {
      const inMs = againMs[tries]
      if (untold.has(news) && inMs !== undefined) put(news, tries + 1, inMs)
    }
  }

  /** What the gateway has not taken. */
  async function untoldOf(sender: Sender, news: readonly News[]): Promise<ReadonlySet<News>> {
    const now = new Date()
    const introduction = await sender.introduce?.(now)
    if (introduction !== undefined) {
      await post(introduction)
      return new Set(news)
    }
    const calls = await sender.calls(news, now)
    const taken = await Promise.all(calls.map(post))
    return new Set(calls.flatMap((call, index) => (taken[index] ? [] : call.news)))
  }

  /** Whether the gateway has taken it. */
  async function post({ method, path, headers, body }: WebhookCall): Promise<boolean> {
    try {
      const response = await pool.request({
        method,
        path: prefix + path,
        headers,
        body: method === 'GET' ? null : body,
      })
      await response.body.dump()
      return response.statusCode < 300
    } catch {
      return false
    }
  }

  ledger.watch((written) => {
    for (const { row } of written ?? []) {
      const sender = byProvider.get(row.provider)
      if (sender === undefined) continue
      const news = newsOf(row)
      const told = sender.batches || count < manyWaiting ? news : news.slice(-1)
      for (const each of told) put(each, 0, each.afterMs)
    }
  })

  return {
    async close() {
      clearTimeout(timer)
      due.clear()
      await pool.destroy()
    },
  }
}
