import type { Audience } from './notification.ts'
import type { QuietHours } from './preferences.ts'
import type { CampaignState, Channel, NotificationState, Tier } from './words.ts'

/** A bulk notification with a pace, and with a say in when each recipient's turn is. */
export interface Campaign {
  readonly id: string
  readonly callerId: string
  readonly name: string
  readonly state: CampaignState
  readonly tier: Tier
  readonly category: string
  readonly template: string
  readonly templateVersion: number
  /** null when the template is sensitive: then it is in `secret`. */
  readonly data: unknown
  readonly secret: Uint8Array | null
  readonly audience: Audience
  readonly channels: readonly Channel[]
  /** Recipients a second. */
  readonly perSecond: number
  readonly startAt: Date | null
  /** "10:00" */
  readonly localTime: string | null
  readonly sendWindow: SendWindow | null
  /** null: by its tier, from when it starts. */
  readonly expiresAt: Date | null
  readonly createdAt: Date
  /** null until it has been started. */
  readonly notificationId: string | null
  /** null while it is scheduled. */
  readonly startedAt: Date | null
  /** When its recipients were counted, and divided by their zones where that matters. */
  readonly openedAt: Date | null
  /** null: not counted yet, or it took too long. */
  readonly recipientCount: number | null
  /** How many of them have been decided. */
  readonly processed: number
  /** When its pace lets the next page be made. */
  readonly nextPageAt: Date | null
}

/** From `start` until before `end` by the recipient's clock; a window belongs to the day on which it begins. */
export type SendWindow = QuietHours

export interface CampaignFacts {
  readonly isCancelled: boolean
  readonly isPaused: boolean
  readonly startedAt: Date | null
  /** null: it has none, since it has not been started. */
  readonly notificationState: NotificationState | null
}

/** What has become of its notification counts before what it was told itself. */
export function campaignState({ isCancelled, isPaused, startedAt, notificationState }: CampaignFacts): CampaignState {
  if (notificationState === null) return isCancelled ? 'CANCELLED' : 'DRAFT'
  if (notificationState === 'DONE' || notificationState === 'CANCELLED') return notificationState
  if (isPaused) return 'PAUSED'
  return startedAt === null ? 'SCHEDULED' : 'RUNNING'
}

/** Whether each recipient's clock has a say in when her turn is. */
export function isByZone({ localTime, sendWindow }: Pick<Campaign, 'localTime' | 'sendWindow'>): boolean {
  return localTime !== null || sendWindow !== null
}
