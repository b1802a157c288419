import type { Pool, PoolClient } from 'pg'
import type { Notification } from '../domain/notification.ts'
import type { Tier } from '../domain/words.ts'
import { IdempotencyConflict } from '../errors.ts'
import { findIdempotencyKey, type Idempotency } from './idempotency-keys.ts'
import { type NotificationRow, notificationColumns, toNotification } from './notification-row.ts'

export interface NewNotification
  extends Omit<Notification, 'recipientCount' | 'funnel' | 'reported' | 'pages' | 'audienceCursor'> {
  /** When the relay looks after it, unless somebody has by then. */
  readonly dueAt: Date
}

export interface Accepted {
  readonly notification: Notification
  readonly replayed: boolean
}

/**
 * Accepts a notification: its row and its idempotency key in one statement, so in one transaction. Committed means
 * accepted.
 *
 * @throws IdempotencyConflict when the key was used with another body within 24 hours
 */
export async function acceptNotification(
  pool: Pool,
  notification: NewNotification,
  idempotency: Idempotency | undefined,
): Promise<Accepted> {
  if (idempotency === undefined) return { notification: await insertNotification(pool, notification), replayed: false }
  const values = insertValues(notification)
  const { rows } = await pool.query<NotificationRow>({
    name: 'accept-once',
    text: acceptOnceSql(values.length),
    values: [...values, idempotency.key, idempotency.requestHash],
  })
  if (rows.length > 0) return { notification: onlyRow(rows), replayed: false }
  return { notification: await replay(pool, notification.callerId, idempotency), replayed: true }
}

export async function insertNotification(
  client: Pool | PoolClient,
  notification: NewNotification,
): Promise<Notification> {
  const values = insertValues(notification)
  const { rows } = await client.query<NotificationRow>({
    name: 'accept',
    text: `${insertSql(values)} RETURNING *`,
    values,
  })
  return onlyRow(rows)
}

export async function findNotification(pool: Pool, id: string): Promise<Notification | undefined> {
  const { rows } = await pool.query<NotificationRow>({
    name: 'find-notification',
    text: `SELECT ${notificationColumns} FROM notification WHERE id = $1`,
    values: [id],
  })
  return rows[0] && toNotification(rows[0])
}

export interface NotificationFilter {
  /** undefined: everybody's. */
  readonly callerId: string | undefined
  readonly tier: Tier | undefined
  readonly category: string | undefined
  /** Only those older than this one. */
  readonly before: string | undefined
  readonly limit: number
}

/** Newest first. */
export async function listNotifications(pool: Pool, filter: NotificationFilter): Promise<Notification[]> {
  const { rows } = await pool.query<NotificationRow>({
    name: filter.callerId === undefined ? 'list-all-notifications' : 'list-notifications',
    text: `SELECT ${notificationColumns} FROM notification
      WHERE ${filter.callerId === undefined ? '$1::text IS NULL' : 'caller_id = $1'}
        AND ($2::text IS NULL OR tier = $2) AND ($3::text IS NULL OR category = $3) AND ($4::text IS NULL OR id < $4)
      ORDER BY id DESC LIMIT $5`,
    values: [filter.callerId, filter.tier, filter.category, filter.before, filter.limit],
  })
  return rows.map(toNotification)
}

async function replay(pool: Pool, callerId: string, { key, requestHash }: Idempotency): Promise<Notification> {
  const stored = await findIdempotencyKey(pool, callerId, key)
  if (!stored?.requestHash.equals(requestHash)) throw new IdempotencyConflict(key, stored?.madeId ?? '')
  const notification = await findNotification(pool, stored.madeId)
  if (notification === undefined) throw new Error('an idempotency key without its notification')
  return notification
}

const insertColumns = [
  'id',
  'caller_id',
  'tier',
  'category',
  'template',
  'template_version',
  'data',
  'secret',
  'audience',
  'channels',
  'routing',
  'fan_out',
  'collapse_key',
  'push',
  'state',
  'due_at',
  'created_at',
  'send_at',
  'expires_at',
  'campaign_id',
]

function insertValues(notification: NewNotification): unknown[] {
  return [
    notification.id,
    notification.callerId,
    notification.tier,
    notification.category,
    notification.template,
    notification.templateVersion,
    JSON.stringify(notification.data),
    notification.secret,
    JSON.stringify(notification.audience),
    notification.channels,
    notification.routing,
    notification.fanOut ?? 'WRITE',
    notification.collapseKey,
    notification.push === null ? null : JSON.stringify(notification.push),
    notification.state,
    notification.dueAt,
    notification.createdAt,
    notification.sendAt,
    notification.expiresAt,
    notification.campaignId ?? null,
  ]
}

function insertSql(values: readonly unknown[]): string {
  return `INSERT INTO notification (${insertColumns}) VALUES (${values.map((_, index) => `$${index + 1}`)})`
}

/** Inserts nothing when the key is there already and younger than 24 hours. */
function acceptOnceSql(count: number): string {
  const types = insertTypes.map((type, index) => `$${index + 1}::${type}`)
  return `WITH key AS (
      INSERT INTO idempotency_key (caller_id, key, request_hash, notification_id)
      VALUES ($2, $${count + 1}, $${count + 2}, $1)
      ON CONFLICT (caller_id, key) DO UPDATE
        SET request_hash = excluded.request_hash, notification_id = excluded.notification_id, created_at = now()
        WHERE idempotency_key.created_at < now() - interval '24 hours'
      RETURNING 1)
    INSERT INTO notification (${insertColumns}) SELECT ${types} FROM key RETURNING *`
}

const insertTypes = [
  'text',
  'text',
  'text',
  'text',
  'text',
  'integer',
  'jsonb',
  'bytea',
  'jsonb',
  'text[]',
  'text',
  'text',
  'text',
  'jsonb',
  'text',
  'timestamptz',
  'timestamptz',
  'timestamptz',
  'timestamptz',
  'text',
]

function onlyRow(rows: readonly NotificationRow[]): Notification {
  const [row] = rows
  if (row === undefined) throw new Error('a notification was not inserted')
  return toNotification(row)
}
