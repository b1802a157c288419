import type { News } from './news.ts'

/** A request that tells some news, and is signed for the moment at which it is made. */
export interface WebhookCall {
  readonly method: 'GET' | 'POST'
  /** With the query; from the gateway's base address on. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly news: readonly News[]
}

/** Tells the gateway what becomes of messages, as one real provider does. */
export interface Sender {
  readonly provider: string
  /** Tells many things in one request. */
  readonly batches: boolean
  /** What has to be answered well before anything is told; undefined: nothing (any more). */
  introduce?(now: Date): Promise<WebhookCall | undefined>
  calls(news: readonly News[], now: Date): Promise<readonly WebhookCall[]>
}
