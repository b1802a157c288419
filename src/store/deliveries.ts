import type { Pool } from 'pg'
import { type Decided, decisionFor } from '../domain/decided.ts'
import type { DeliveryKey } from '../domain/ids.ts'
import type { SliceReason, SliceTarget } from '../domain/notification.ts'
import { type Channel, channels, type DeliveryState, providerChannels } from '../domain/words.ts'
import type { Database } from './database.ts'
import { readersInInbox } from './read-in-inbox.ts'
import { slicesOf } from './slices-of.ts'

/** A delivery as it is now, wherever that is written down. */
export interface Delivery extends DeliveryKey {
  readonly state: DeliveryState
  readonly reason: string | null
  readonly deferredUntil: Date | null
  readonly provider: string | null
  readonly updatedAt: Date
}

export interface DeliveryFilter {
  readonly recipientId?: string | undefined
  readonly channel?: Channel | undefined
  readonly state?: DeliveryState | undefined
}

/** Where a listing goes on: behind this delivery of this page. */
export interface DeliveryPosition {
  readonly page: number
  readonly recipientId: string
  readonly channel: Channel
}

export interface ListedDelivery {
  readonly delivery: Delivery
  readonly position: DeliveryPosition
}

/**
 * The deliveries of a notification, by page, recipient and channel. A delivery that is neither ended nor suppressed
 * has no row of its own: pages, open slices and the log are read together, a page at a time.
 */
export async function listDeliveries(
  database: Pick<Database, 'pool' | 'log'>,
  notificationId: string,
  filter: DeliveryFilter,
  after: DeliveryPosition | undefined,
  limit: number,
): Promise<ListedDelivery[]> {
  const isBroadcast = await wasBroadcast(database.pool, notificationId)
  const found: ListedDelivery[] = []
  let number = after?.page ?? 0
  for (;;) {
    const page = await readPage(database.pool, notificationId, number, filter.recipientId)
    if (page === undefined) {
      if (!isBroadcast) return found
      return [...found, ...(await listShownUp(database, notificationId, filter, after, limit - found.length))]
    }
    const onPage = isBroadcast ? providerChannels : channels
    const deliveries = await deliveriesOf(database, notificationId, page, onPage, filter.recipientId)
    for (const delivery of deliveries) {
      const position = { page: page.number, recipientId: delivery.recipientId, channel: delivery.channel }
      if (!matches(delivery, filter) || !isBehind(position, after)) continue
      found.push({ delivery, position })
      if (found.length === limit) return found
    }
    number = page.number + 1
  }
}

async function wasBroadcast(pool: Pool, notificationId: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'was-broadcast',
    text: `SELECT FROM notification WHERE id = $1 AND fan_out = 'BROADCAST'`,
    values: [notificationId],
  })
  return rowCount === 1
}

/** Behind every page: those who have shown up for a broadcast are on none. */
const behindPages = 999_999_999
const batch = 500

/** What came into inboxes of a broadcast, or did not, by recipient. */
async function listShownUp(
  { log }: Pick<Database, 'log'>,
  notificationId: string,
  filter: DeliveryFilter,
  after: DeliveryPosition | undefined,
  limit: number,
): Promise<ListedDelivery[]> {
  const { recipientId: only } = filter
  const found: ListedDelivery[] = []
  let behind = after?.page === behindPages ? after.recipientId : ''
  for (;;) {
    const logged =
      only === undefined
        ? await log.listLogged(notificationId, 'IN_APP', behind, batch)
        : (await log.readDeliveries(notificationId, [only])).filter(({ channel }) => channel === 'IN_APP')
    for (const { recipientId, state, reason, provider, updatedAt } of logged) {
      const delivery = {
        ...plain({ notificationId, recipientId, channel: 'IN_APP' }, state, updatedAt),
        reason,
        provider,
      }
      const position = { page: behindPages, recipientId, channel: 'IN_APP' } as const
      if (!matches(delivery, filter) || !isBehind(position, after)) continue
      found.push({ delivery, position })
      if (found.length === limit) return found
    }
    if (only !== undefined || logged.length < batch) return found
    behind = logged.at(-1)?.recipientId ?? behind
  }
}

export async function findDelivery(
  database: Pick<Database, 'pool' | 'log'>,
  key: DeliveryKey,
): Promise<Delivery | undefined> {
  const { recipientId, channel } = key
  const [found] = await listDeliveries(database, key.notificationId, { recipientId, channel }, undefined, 1)
  return found?.delivery
}

interface PageRow {
  readonly number: number
  readonly decided: Decided
  readonly created_at: Date
}

/** The first page from `number` on (that holds the recipient). */
async function readPage(
  pool: Pool,
  notificationId: string,
  number: number,
  recipientId: string | undefined,
): Promise<PageRow | undefined> {
  const { rows } = await pool.query<PageRow>({
    name: 'read-page',
    text: `SELECT number, decided, created_at FROM page
      WHERE notification_id = $1 AND number >= $2 AND ($3::text IS NULL OR decided->'of' ? $3)
      ORDER BY number LIMIT 1`,
    values: [notificationId, number, recipientId],
  })
  return rows[0]
}

interface OpenRow {
  readonly channel: Channel
  readonly targets: readonly SliceTarget[]
  readonly reason: SliceReason | null
  readonly created_at: Date
}

async function deliveriesOf(
  database: Pick<Database, 'pool' | 'log'>,
  notificationId: string,
  page: PageRow,
  onPage: readonly Channel[],
  only: string | undefined,
): Promise<Delivery[]> {
  const recipientIds = only === undefined ? Object.keys(page.decided.of).sort() : [only]
  const [logged, open, readers] = await Promise.all([
    database.log.readDeliveries(notificationId, recipientIds),
    database.pool.query<OpenRow>({
      name: 'read-open-slices',
      text: `SELECT channel, targets, reason, created_at FROM slice WHERE ${slicesOf('$1')} AND page = $2 AND open`,
      values: [notificationId, page.number],
    }),
    readersInInbox(database, notificationId, recipientIds),
  ])
  const loggedByKey = new Map(logged.map((each) => [`${each.channel} ${each.recipientId}`, each]))
  const openByKey = new Map(
    open.rows.flatMap(({ channel, targets, reason, created_at }) =>
      targets.map(({ recipientId, until }) => [`${channel} ${recipientId}`, { until, reason, since: created_at }]),
    ),
  )
  return recipientIds.flatMap((recipientId) =>
    onPage.flatMap((channel): Delivery[] => {
      const key = { notificationId, recipientId, channel }
      const known = loggedByKey.get(`${channel} ${recipientId}`)
      const waiting = openByKey.get(`${channel} ${recipientId}`)
      if (known !== undefined && (known.state !== 'PENDING' || waiting?.until === undefined)) return [known]
      if (waiting?.until !== undefined) {
        // Nobody is called for it when it falls due, so it is told now.
        if (readers.has(recipientId)) return [{ ...plain(key, 'CANCELLED', waiting.since), reason: 'read_in_inbox' }]
        return [held(key, waiting.until, waiting.since)]
      }
      if (waiting?.reason === 'redrive') return [{ ...plain(key, 'PENDING', waiting.since), reason: 'redriven' }]
      if (waiting !== undefined) return [plain(key, 'PENDING', waiting.since)]
      if (decisionFor(page.decided, recipientId, channel, page.created_at)?.outcome !== 'deliver') return []
      return [plain(key, channel === 'IN_APP' ? 'SENT' : 'PENDING', page.created_at)]
    }),
  )
}

function plain(key: DeliveryKey, state: DeliveryState, updatedAt: Date): Delivery {
  return { ...key, state, reason: null, deferredUntil: null, provider: null, updatedAt }
}

function held(key: DeliveryKey, until: string, updatedAt: Date): Delivery {
  return { ...plain(key, 'DEFERRED', updatedAt), reason: 'quiet_hours', deferredUntil: new Date(until) }
}

function matches(delivery: Delivery, { channel, state }: DeliveryFilter): boolean {
  return (channel === undefined || delivery.channel === channel) && (state === undefined || delivery.state === state)
}

function isBehind(position: DeliveryPosition, after: DeliveryPosition | undefined): boolean {
  if (after === undefined || position.page !== after.page) return true
  if (position.recipientId !== after.recipientId) return position.recipientId > after.recipientId
  return channels.indexOf(position.channel) > channels.indexOf(after.channel)
}
