import { z } from 'zod'
import type { Database } from '../../src/store/database.ts'
import type { Channel } from '../generated/operations.ts'
import type { Service } from '../setup/graphql.ts'
import type { LoadLine } from './load-log.ts'
import type { Wish } from './traffic.ts'

/** What was asked for, and what became of the asking. */
export interface Asked extends Wish, Omit<LoadLine, 'n'> {}

const ledgerRow = z.object({
  at: z.string(),
  provider: z.string(),
  channel: z.string(),
  to: z.string(),
  recipientId: z.string().nullable(),
  notificationId: z.string().nullable(),
  deliveryId: z.string().nullable(),
  collapseId: z.string().nullable(),
})
export type LedgerRow = Readonly<z.infer<typeof ledgerRow>>

export interface NotificationFact {
  readonly id: string
  readonly tier: string
  readonly state: string
}

export interface DeliveryFact {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: string
  readonly state: string
  readonly reason: string | null
}

export interface AttemptFact {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: string
  readonly target: string
  readonly provider: string
  readonly outcome: string
  readonly attempt: number
  readonly at: Date
  readonly code: string | null
}

export interface DeviceFact {
  readonly userId: string
  readonly deviceId: string
  readonly platform: string
  readonly isActive: boolean
}

export interface InboxItemFact {
  readonly userId: string
  readonly notificationId: string
  readonly createdSeq: number
  readonly unread: boolean
}

export interface InboxHeadFact {
  readonly userId: string
  readonly seq: number
  readonly unread: number
}

/** Everything there is to judge by, after quiet. */
export interface Facts {
  readonly asked: readonly Asked[]
  readonly notifications: readonly NotificationFact[]
  /** The notification that each idempotency key has made. */
  readonly keys: ReadonlyMap<string, string>
  readonly openSlices: readonly { readonly id: string; readonly notificationId: string; readonly channel: string }[]
  readonly deliveries: readonly DeliveryFact[]
  readonly attempts: readonly AttemptFact[]
  readonly devices: readonly DeviceFact[]
  readonly inboxItems: readonly InboxItemFact[]
  readonly inboxHeads: readonly InboxHeadFact[]
  readonly ledger: readonly LedgerRow[]
}

export function hasEnded({ state }: NotificationFact): boolean {
  return state === 'DONE' || state === 'CANCELLED'
}

/** The facts of notifications that have ended: of the others nothing can be said yet. */
export function ofEnded(facts: Facts): Facts {
  const ended = new Set(facts.notifications.filter(hasEnded).map(({ id }) => id))
  const isOfOne = ({ notificationId }: { readonly notificationId: string | null }) => ended.has(notificationId ?? '')
  return {
    ...facts,
    deliveries: facts.deliveries.filter(isOfOne),
    attempts: facts.attempts.filter(isOfOne),
    ledger: facts.ledger.filter(isOfOne),
  }
}

export function channelOf(word: string): Channel {
  const known = ['IN_APP', 'PUSH', 'EMAIL', 'SMS'] as const
  const channel = known.find((each) => each === word)
  if (channel === undefined) throw new Error(`${word} is no channel`)
  return channel
}

/** Reads the database and the ledger of the sandbox: the API would take minutes for as much. */
export async function readFacts({ pool }: Database, { demo }: Service, asked: readonly Asked[]): Promise<Facts> {
  const rows = async <Row extends object>(sql: string) => (await pool.query<Row>(sql)).rows
  const [notifications, keys, openSlices, deliveries, attempts, devices, inboxItems, inboxHeads, ledger] =
    await Promise.all([
      rows<NotificationFact>('SELECT id, tier, state FROM notification'),
      rows<{ key: string; notificationId: string }>(
        'SELECT key, notification_id AS "notificationId" FROM idempotency_key',
      ),
      rows<Facts['openSlices'][number]>(
        'SELECT id, notification_id AS "notificationId", channel FROM slice WHERE open',
      ),
      rows<DeliveryFact>(`SELECT ${deliveryKey}, state, reason FROM delivery`),
      rows<AttemptFact>(`SELECT ${deliveryKey}, target, provider, outcome, attempt, at, code
      FROM delivery_attempt`),
      rows<DeviceFact>(
        'SELECT user_id AS "userId", device_id AS "deviceId", platform, is_active AS "isActive" FROM device',
      ),
      rows<InboxItemFact>(`SELECT user_id AS "userId", notification_id AS "notificationId",
      created_seq::int AS "createdSeq", read_at IS NULL AND archived_at IS NULL AS unread FROM inbox_item`),
      rows<InboxHeadFact>('SELECT user_id AS "userId", seq::int AS seq, unread FROM inbox_head'),
      readLedger(demo.sandbox),
    ])
  const byKey = new Map(keys.map(({ key, notificationId }) => [key, notificationId]))
  const read = { notifications, openSlices, deliveries, attempts, devices, inboxItems, inboxHeads, ledger }
  return { asked, keys: byKey, ...read }
}

const deliveryKey = 'notification_id AS "notificationId", recipient_id AS "recipientId", channel'

async function readLedger(sandbox: string): Promise<readonly LedgerRow[]> {
  return z.array(ledgerRow).parse(await (await fetch(`${sandbox}/messages`)).json())
}
