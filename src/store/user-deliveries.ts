import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import type { SliceReason } from '../domain/notification.ts'
import type { Channel } from '../domain/words.ts'
import type { Database } from './database.ts'
import type { Delivery } from './deliveries.ts'
import { readCancelsOthers } from './read-in-inbox.ts'

export interface UserDeliveryPosition {
  readonly notificationId: string
  readonly channel: string
}

/** The deliveries of a user on all channels, newest notification first: ended, in her inbox, and still waiting. */
export async function listUserDeliveries(
  database: Pick<Database, 'pool' | 'log'>,
  userId: string,
  after: UserDeliveryPosition | undefined,
  limit: number,
): Promise<readonly Delivery[]> {
  const [known, waiting] = await Promise.all([
    database.log.listDeliveriesOf(userId, after, limit),
    readWaiting(database, userId, after),
  ])
  const logged = new Set(known.map(deliveryId))
  // What is in the log and beyond what has been read of it comes behind everything that has been read.
  return [...known, ...waiting.filter((each) => !logged.has(deliveryId(each)))].sort(inOrder).slice(0, limit)
}

interface Row {
  readonly notification_id: string
  readonly channel: Channel
  readonly reason: SliceReason | null
  readonly until: Date | null
  readonly created_at: Date
}

/** All that waits: a user has few open slices. */
async function readWaiting(
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  userId: string,
  after: UserDeliveryPosition | undefined,
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'list-waiting-deliveries',
    text: `SELECT s.notification_id, s.channel, s.reason, (t.target->>'until')::timestamptz AS until, s.created_at
      FROM slice s CROSS JOIN LATERAL jsonb_array_elements(s.targets) AS t (target)
      WHERE s.open AND s.targets @> jsonb_build_array(jsonb_build_object('recipientId', $1::text))
        AND t.target->>'recipientId' = $1
        AND ($2::text IS NULL OR s.notification_id < $2 OR (s.notification_id = $2 AND s.channel > $3::text))`,
    values: [userId, after?.notificationId, after?.channel],
  })
  const held = rows.filter(({ until }) => until !== null).map((row) => row.notification_id)
  const asked = [...(await readCancelsOthers(pool, held))]
  const areRead =
    asked.length === 0 ? [] : await log.areRead(asked.map((notificationId) => ({ notificationId, userId })))
  const read = new Set(asked.filter((_id, index) => areRead[index]))
  return rows.map((row) => waitingDelivery(userId, row, read))
}

function waitingDelivery(
  recipientId: string,
  { notification_id: notificationId, channel, reason, until, created_at: updatedAt }: Row,
  read: ReadonlySet<string>,
): Delivery {
  const key: DeliveryKey = { notificationId, recipientId, channel }
  const plain = { ...key, reason: null, deferredUntil: until, provider: null, updatedAt }
  // Nobody is called for it when it falls due, so it is told now.
  if (until !== null && read.has(notificationId)) {
    return { ...plain, state: 'CANCELLED', reason: 'read_in_inbox', deferredUntil: null }
  }
  if (reason === 'quiet_hours') return { ...plain, state: 'DEFERRED', reason }
  return { ...plain, state: 'PENDING', reason: reason === 'redrive' ? 'redriven' : null }
}

function inOrder(a: Delivery, b: Delivery): number {
  if (a.notificationId !== b.notificationId) return a.notificationId < b.notificationId ? 1 : -1
  return a.channel < b.channel ? -1 : 1
}
