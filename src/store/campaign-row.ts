import { type Campaign, campaignState, type SendWindow } from '../domain/campaign.ts'
import type { Audience } from '../domain/notification.ts'
import type { Channel, NotificationState, Tier } from '../domain/words.ts'

/** A row of the table `campaign`, with what its notification tells. */
export interface CampaignRow {
  readonly id: string
  readonly caller_id: string
  readonly name: string
  readonly tier: Tier
  readonly category: string
  readonly template: string
  readonly template_version: number
  readonly data: unknown
  readonly secret: Buffer | null
  readonly audience: Audience
  readonly channels: Channel[]
  readonly per_second: number
  readonly start_at: Date | null
  readonly local_time: string | null
  readonly send_window: SendWindow | null
  readonly expires_at: Date | null
  readonly created_at: Date
  readonly cancelled_at: Date | null
  readonly notification_id: string | null
  readonly started_at: Date | null
  readonly paused_at: Date | null
  readonly opened_at: Date | null
  readonly recipient_count: number | null
  readonly next_page_at: Date | null
  readonly notification_state: NotificationState | null
  readonly processed: number | null
}

/** One whose notification is not kept any more is done: only those are dropped. */
export const selectCampaign = `SELECT c.*,
    CASE WHEN c.notification_id IS NOT NULL THEN coalesce(n.state, 'DONE') END AS notification_state,
    CASE WHEN c.notification_id IS NOT NULL THEN coalesce(n.recipient_count, c.recipient_count) END AS processed
  FROM campaign c LEFT JOIN notification n ON n.id = c.notification_id`

export function toCampaign(row: CampaignRow): Campaign {
  return {
    id: row.id,
    callerId: row.caller_id,
    name: row.name,
    state: campaignState({
      isCancelled: row.cancelled_at !== null,
      isPaused: row.paused_at !== null,
      startedAt: row.started_at,
      notificationState: row.notification_state,
    }),
    tier: row.tier,
    category: row.category,
    template: row.template,
    templateVersion: row.template_version,
    data: row.data,
    secret: row.secret,
    audience: row.audience,
    channels: row.channels,
    perSecond: row.per_second,
    startAt: row.start_at,
    localTime: row.local_time,
    sendWindow: row.send_window,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    notificationId: row.notification_id,
    startedAt: row.started_at,
    openedAt: row.opened_at,
    recipientCount: row.recipient_count,
    processed: row.processed ?? 0,
    nextPageAt: row.next_page_at,
  }
}
