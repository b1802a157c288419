import type { Pool, PoolClient } from 'pg'
import type { Campaign } from '../domain/campaign.ts'
import { defaultLifeMs, leaseMs } from '../domain/notification.ts'
import type { CampaignState } from '../domain/words.ts'
import { findCampaign } from './campaigns.ts'
import { cancelWithin } from './cancel.ts'
import { inTransaction } from './database.ts'
import { insertNotification } from './notifications.ts'

/** Each resolves with the campaign as it is then; undefined, and nothing changed, where its state does not allow it. */

/** Accepts the campaign's notification: now, or for `startAt` where that is ahead. */
export function startCampaign(
  pool: Pool,
  id: string,
  notificationId: string,
  now: Date,
): Promise<Campaign | undefined> {
  return step(pool, id, ['DRAFT'], async (client, campaign) => {
    const isAhead = campaign.startAt !== null && campaign.startAt > now
    const sendAt = isAhead ? campaign.startAt : null
    const { callerId, tier, category, template, templateVersion, data, secret, audience, channels } = campaign
    await insertNotification(client, {
      ...{ callerId, tier, category, template, templateVersion, data, secret, audience, channels },
      id: notificationId,
      routing: 'EVERY',
      collapseKey: null,
      push: null,
      state: isAhead ? 'SCHEDULED' : 'ACCEPTED',
      createdAt: now,
      sendAt,
      expiresAt: campaign.expiresAt ?? new Date((sendAt ?? now).getTime() + defaultLifeMs[tier]),
      campaignId: id,
      dueAt: sendAt ?? new Date(now.getTime() + leaseMs(0)),
    })
    await client.query('UPDATE campaign SET notification_id = $2, started_at = $3 WHERE id = $1', [
      id,
      notificationId,
      isAhead ? null : now,
    ])
  })
}

/** No page of it is made any more, and no slice handed out that is not with dispatch already. */
export function pauseCampaign(pool: Pool, id: string, now: Date): Promise<Campaign | undefined> {
  return step(pool, id, ['RUNNING'], async (client) => {
    await client.query('UPDATE campaign SET paused_at = $2 WHERE id = $1', [id, now])
  })
}

/** It goes on where it was. Where nobody said until when it is of use, it is so for as long as if it had not rested. */
export function resumeCampaign(pool: Pool, id: string, now: Date): Promise<Campaign | undefined> {
  return step(pool, id, ['PAUSED'], async (client) => {
    await client.query(
      `UPDATE notification n SET
          due_at = CASE WHEN n.state IN ('SCHEDULED', 'ACCEPTED', 'FANNING_OUT') THEN now() ELSE n.due_at END,
          expires_at = CASE WHEN c.expires_at IS NULL THEN n.expires_at + ($2::timestamptz - c.paused_at)
            ELSE n.expires_at END
        FROM campaign c WHERE c.id = $1 AND n.id = c.notification_id`,
      [id, now],
    )
    await client.query('UPDATE campaign SET paused_at = NULL WHERE id = $1', [id])
  })
}

/** For good; what no provider has been asked to take is not sent. */
export function cancelCampaign(pool: Pool, id: string, now: Date): Promise<Campaign | undefined> {
  return step(pool, id, ['DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED'], async (client, { notificationId }) => {
    if (notificationId !== null) await cancelWithin(client, notificationId)
    await client.query('UPDATE campaign SET cancelled_at = $2 WHERE id = $1', [id, now])
  })
}

function step(
  pool: Pool,
  id: string,
  from: readonly CampaignState[],
  take: (client: PoolClient, campaign: Campaign) => Promise<void>,
): Promise<Campaign | undefined> {
  return inTransaction(pool, async (client) => {
    const campaign = await lockCampaign(client, id)
    if (campaign === undefined || !from.includes(campaign.state)) return undefined
    await take(client, campaign)
    return findCampaign(client, id)
  })
}

/** The notification first, as whoever commits its pages does. */
async function lockCampaign(client: PoolClient, id: string): Promise<Campaign | undefined> {
  await client.query(
    'SELECT FROM notification WHERE id = (SELECT notification_id FROM campaign WHERE id = $1) FOR UPDATE',
    [id],
  )
  await client.query('SELECT FROM campaign WHERE id = $1 FOR UPDATE', [id])
  return findCampaign(client, id)
}
