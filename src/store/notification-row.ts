import type { RichPush } from '../domain/content.ts'
import type { Correction } from '../domain/correction.ts'
import type { FanOut } from '../domain/fan-out.ts'
import type { Audience, FunnelStage, Notification } from '../domain/notification.ts'
import type { Channel, NotificationState, Routing, Tier } from '../domain/words.ts'
import { reportedColumn } from './reported-counts.ts'

/** A row of the table `notification`: written by this service only, so its words are trusted. */
export interface NotificationRow {
  readonly id: string
  readonly caller_id: string
  readonly tier: Tier
  readonly category: string
  readonly template: string
  readonly template_version: number
  readonly data: unknown
  readonly secret: Buffer | null
  readonly audience: Audience
  readonly fan_out: FanOut
  readonly channels: Channel[]
  readonly routing: Routing
  readonly collapse_key: string | null
  readonly push: RichPush | null
  readonly state: NotificationState
  readonly recipient_count: number
  readonly funnel: FunnelStage[] | null
  readonly pages: number
  readonly audience_cursor: string | null
  readonly created_at: Date
  readonly send_at: Date | null
  readonly expires_at: Date
  readonly campaign_id: string | null
  /** Left out where nobody asks for it. */
  readonly reported?: Correction | null
}

export const notificationColumns = `id, caller_id, tier, category, template, template_version, data, secret, audience,
  fan_out, channels, routing, collapse_key, push, state, recipient_count, funnel, pages, audience_cursor,
  created_at, send_at, expires_at, campaign_id, ${reportedColumn}`

export function toNotification(row: NotificationRow): Notification {
  return {
    id: row.id,
    callerId: row.caller_id,
    tier: row.tier,
    category: row.category,
    template: row.template,
    templateVersion: row.template_version,
    data: row.data,
    secret: row.secret,
    audience: row.audience,
    fanOut: row.fan_out,
    channels: row.channels,
    routing: row.routing,
    collapseKey: row.collapse_key,
    push: row.push,
    state: row.state,
    recipientCount: row.recipient_count,
    funnel: row.funnel,
    pages: row.pages,
    audienceCursor: row.audience_cursor,
    createdAt: row.created_at,
    sendAt: row.send_at,
    expiresAt: row.expires_at,
    campaignId: row.campaign_id,
    reported: row.reported ?? {},
  }
}
