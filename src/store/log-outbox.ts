import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'
import type { Month } from '../domain/log-months.ts'
import type { LoggedDelivery } from './delivery-log.ts'
import type { NewInboxItem } from './inbox-write.ts'

/** An item, or a change of items of one inbox, with its sequence and the month that the inbox was in. */
export type InboxEntry =
  | { readonly kind: 'item'; readonly seq: number; readonly month: Month; readonly item: StoredItem }
  | {
      readonly kind: 'change'
      readonly seq: number
      readonly month: Month
      /** The month and sequence of each item, and when it was read and archived: milliseconds since 1970, 0 for never. */
      readonly items: readonly (readonly [month: Month, createdSeq: number, readAt: number, archivedAt: number])[]
    }

/** As JSON has it. */
export type StoredItem = Omit<NewInboxItem, 'userId' | 'sentAt'> & { readonly sentAt: string }
export type StoredDelivery = Omit<LoggedDelivery, 'updatedAt'> & { readonly updatedAt: string }

/** What a transaction has decided and Cassandra has to be told. */
export interface Outbox {
  readonly inboxes: Readonly<Record<string, readonly InboxEntry[]>>
  readonly deliveries: readonly StoredDelivery[]
  /** Failures that are tried again, from this instant on. */
  readonly forgotten: { readonly at: string; readonly keys: readonly DeliveryKey[] } | undefined
}

/** An outbox that is being filled. */
export interface OpenOutbox {
  readonly id: string
  addEntry(userId: string, entry: InboxEntry): void
  addDeliveries(deliveries: readonly LoggedDelivery[]): void
  forget(keys: readonly DeliveryKey[], at: Date): void
  /** What has been put in; undefined: nothing. */
  contents(): Outbox | undefined
}

export function newOutbox(): OpenOutbox {
  const inboxes: Record<string, InboxEntry[]> = {}
  const deliveries: StoredDelivery[] = []
  let forgotten: Outbox['forgotten']
  return {
    id: randomUUID(),
    addEntry(userId, entry) {
      inboxes[userId] = [...(inboxes[userId] ?? []), entry]
    },
    addDeliveries(given) {
      deliveries.push(...given.map((each) => ({ ...each, updatedAt: each.updatedAt.toISOString() })))
    },
    forget(keys, at) {
      if (keys.length > 0) forgotten = { at: at.toISOString(), keys: [...(forgotten?.keys ?? []), ...keys] }
    },
    contents() {
      const isEmpty = Object.keys(inboxes).length + deliveries.length === 0 && forgotten === undefined
      return isEmpty ? undefined : { inboxes, deliveries, forgotten }
    },
  }
}

/** Whoever has made it has that long to write it himself. */
const leaseSeconds = 10

export async function keepOutbox(client: PoolClient, id: string, outbox: Outbox): Promise<void> {
  await client.query({
    name: 'keep-log-outbox',
    text: `INSERT INTO log_outbox (id, writes, due_at) VALUES ($1, $2, now() + interval '${leaseSeconds} seconds')`,
    values: [id, JSON.stringify(outbox)],
  })
}

export async function forgetOutbox(pool: Pool, id: string): Promise<void> {
  await pool.query({ name: 'forget-log-outbox', text: 'DELETE FROM log_outbox WHERE id = $1', values: [id] })
}

export interface DueOutbox {
  readonly id: string
  readonly writes: Outbox
  readonly tries: number
}

/** Takes those that were left behind, oldest first. Several may: nobody gets what another one has. */
export async function takeDueOutboxes(pool: Pool, limit: number): Promise<readonly DueOutbox[]> {
  const { rows } = await pool.query<DueOutbox>({
    name: 'take-due-log-outboxes',
    text: `UPDATE log_outbox SET tries = tries + 1, due_at = now() + interval '5 seconds' * (2 ^ least(tries, 4))
      WHERE id IN (SELECT id FROM log_outbox WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, writes, tries`,
    values: [limit],
  })
  return rows
}
