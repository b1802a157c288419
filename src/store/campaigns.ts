import type { Pool, PoolClient } from 'pg'
import type { Campaign } from '../domain/campaign.ts'
import { IdempotencyConflict } from '../errors.ts'
import { type CampaignRow, selectCampaign, toCampaign } from './campaign-row.ts'
import { inTransaction } from './database.ts'
import { findIdempotencyKey, type Idempotency, takeIdempotencyKey } from './idempotency-keys.ts'

export type NewCampaign = Omit<
  Campaign,
  'state' | 'notificationId' | 'startedAt' | 'openedAt' | 'recipientCount' | 'processed' | 'nextPageAt'
>

/**
 * Makes a draft, together with its idempotency key. Resolves with the campaign as it is now where it was made before.
 * @throws IdempotencyConflict when the key was used with another body within 24 hours
 */
export function createCampaign(
  pool: Pool,
  campaign: NewCampaign,
  idempotency: Idempotency | undefined,
): Promise<Campaign> {
  return inTransaction(pool, async (client) => {
    if (idempotency === undefined || (await takeIdempotencyKey(client, campaign.callerId, idempotency, campaign.id))) {
      await insertCampaign(client, campaign)
      return existing(client, campaign.id)
    }
    const { key, requestHash } = idempotency
    const stored = await findIdempotencyKey(client, campaign.callerId, key)
    if (!stored?.requestHash.equals(requestHash)) throw new IdempotencyConflict(key, stored?.madeId ?? '')
    return existing(client, stored.madeId)
  })
}

export async function findCampaign(pool: Pool | PoolClient, id: string): Promise<Campaign | undefined> {
  const { rows } = await pool.query<CampaignRow>({
    name: 'find-campaign',
    text: `${selectCampaign} WHERE c.id = $1`,
    values: [id],
  })
  return rows[0] && toCampaign(rows[0])
}

export interface CampaignFilter {
  /** undefined: everybody's. */
  readonly callerId: string | undefined
  /** Only those older than this one. */
  readonly before: string | undefined
  readonly limit: number
}

/** Newest first. */
export async function listCampaigns(pool: Pool, { callerId, before, limit }: CampaignFilter): Promise<Campaign[]> {
  const { rows } = await pool.query<CampaignRow>(
    `${selectCampaign} WHERE ($1::text IS NULL OR c.caller_id = $1) AND ($2::text IS NULL OR c.id < $2)
      ORDER BY c.id DESC LIMIT $3`,
    [callerId, before, limit],
  )
  return rows.map(toCampaign)
}

/** Recipients a second of late, from the pages of the last ten seconds; null: there were none. */
export async function readRate(pool: Pool, notificationId: string): Promise<number | null> {
  const { rows } = await pool.query<{ rate: number | null }>({
    name: 'campaign-rate',
    text: `SELECT (sum(recipient_count) / greatest(extract(epoch FROM now() - min(created_at)), 1))::float8 AS rate
      FROM (SELECT recipient_count, created_at FROM page WHERE notification_id = $1 ORDER BY number DESC LIMIT 50) AS newest
      WHERE created_at > now() - interval '10 seconds'`,
    values: [notificationId],
  })
  return rows[0]?.rate ?? null
}

async function existing(client: PoolClient, id: string): Promise<Campaign> {
  const campaign = await findCampaign(client, id)
  if (campaign === undefined) throw new Error('a campaign that was made is not there')
  return campaign
}

async function insertCampaign(client: PoolClient, campaign: NewCampaign): Promise<void> {
  await client.query(
    `INSERT INTO campaign (id, caller_id, name, tier, category, template, template_version, data, secret, audience,
        channels, per_second, start_at, local_time, send_window, expires_at, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      campaign.id,
      campaign.callerId,
      campaign.name,
      campaign.tier,
      campaign.category,
      campaign.template,
      campaign.templateVersion,
      JSON.stringify(campaign.data),
      campaign.secret,
      JSON.stringify(campaign.audience),
      campaign.channels,
      campaign.perSecond,
      campaign.startAt,
      campaign.localTime,
      campaign.sendWindow && JSON.stringify(campaign.sendWindow),
      campaign.expiresAt,
      campaign.createdAt,
    ],
  )
}
