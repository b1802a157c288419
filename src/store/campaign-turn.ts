import type { Pool, PoolClient } from 'pg'
import { type Campaign, isByZone } from '../domain/campaign.ts'
import { defaultLifeMs, type Notification } from '../domain/notification.ts'
import { countAudience } from './audience-sql.ts'
import { divideAudience } from './campaign-parts.ts'
import { inTransaction } from './database.ts'
import { withinTime } from './within-time.ts'

export interface Opening {
  readonly now: Date
  readonly fallback: string
  /** When the part of a zone falls due. */
  readonly dueAt: (timeZone: string) => Date
}

const countMs = 20_000
const dayMs = 24 * 3_600_000
/** A window is open within that time. */
const weekMs = 7 * dayMs

/**
 * Counts a campaign's recipients and divides them by zone where that matters: once, before its first page, which is due
 * then. One worker does; for others nothing happens.
 */
export async function openCampaign(
  pool: Pool,
  campaign: Campaign,
  notification: Notification,
  { now, ...zones }: Opening,
): Promise<void> {
  const { id, audience } = campaign
  const until = notification.sendAt ?? notification.createdAt
  const byZone = isByZone(campaign)
  const counted = byZone
    ? undefined
    : await withinTime(pool, countMs, (client) => countAudience(client, audience, until))
  await inTransaction(pool, async (client) => {
    if (!(await isMine(client, id))) return
    const divided = byZone ? await divideAudience(client, { ...zones, campaignId: id, audience, until }) : undefined
    const recipientCount = divided?.recipientCount ?? counted ?? null
    const takesMs = ((recipientCount ?? 0) / campaign.perSecond) * 1000
    const restsMs = campaign.sendWindow === null ? 0 : weekMs
    const lastTurn = Math.max(now.getTime(), divided?.lastDueAt?.getTime() ?? 0) + takesMs + restsMs
    await client.query(
      `UPDATE notification SET due_at = now(), expires_at = $2
        WHERE id = $1 AND state IN ('SCHEDULED', 'ACCEPTED', 'FANNING_OUT')`,
      [notification.id, campaign.expiresAt ?? new Date(lastTurn + defaultLifeMs[campaign.tier])],
    )
    await client.query(
      `UPDATE campaign SET opened_at = $2, started_at = coalesce(started_at, $2), recipient_count = $3 WHERE id = $1`,
      [id, now, recipientCount],
    )
  })
}

/** Nobody else is opening it or has done so. Not by a lock on its row: it can be paused and cancelled meanwhile. */
async function isMine(client: PoolClient, id: string): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS free',
    [id],
  )
  if (rows[0]?.free !== true) return false
  const { rowCount } = await client.query('SELECT FROM campaign WHERE id = $1 AND opened_at IS NULL', [id])
  return rowCount === 1
}

/**
 * Lets the relay bring the next page at that time; that of a campaign that is paused, once it is resumed. Nothing happens
 * when somebody has committed it meanwhile.
 */
export function restUntil(pool: Pool, { id, pages }: Pick<Notification, 'id' | 'pages'>, at: Date): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `SELECT FROM notification WHERE id = $1 AND pages = $2 AND state IN ('SCHEDULED', 'ACCEPTED', 'FANNING_OUT')
        FOR UPDATE`,
      [id, pages],
    )
    if (rowCount !== 1) return
    // Looked up under the lock: whoever resumes it waits for that, and makes it due again.
    await client.query(
      `UPDATE notification SET due_at = CASE WHEN c.paused_at IS NULL THEN $2::timestamptz END
        FROM campaign c WHERE notification.id = $1 AND c.notification_id = notification.id`,
      [id, at],
    )
  })
}

/** How a page moves its campaign on. */
export interface CampaignStep {
  /** When its pace lets the next page be made. */
  readonly nextPageAt: Date
  /** It is made at once: the campaign is behind its pace. */
  readonly goesOn: boolean
  /** The part that the page is of, and behind whom its next one begins. */
  readonly part: { readonly timeZone: string; readonly cursor: string | null; readonly isDone: boolean } | null
}

/** In the transaction of the page, whose notification is locked. */
export async function moveCampaignOn(
  client: PoolClient,
  notificationId: string,
  { nextPageAt, goesOn, part }: CampaignStep,
): Promise<void> {
  if (!goesOn) {
    await client.query(`UPDATE notification SET due_at = $2 WHERE id = $1 AND state = 'FANNING_OUT'`, [
      notificationId,
      nextPageAt,
    ])
  }
  await client.query('UPDATE campaign SET next_page_at = $2 WHERE notification_id = $1', [notificationId, nextPageAt])
  if (part === null) return
  await client.query(
    `UPDATE campaign_part SET cursor = $3, done = $4
      WHERE campaign_id = (SELECT id FROM campaign WHERE notification_id = $1) AND time_zone = $2`,
    [notificationId, part.timeZone, part.cursor ?? '', part.isDone],
  )
}
