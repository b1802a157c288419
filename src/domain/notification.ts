import type { RichPush } from './content.ts'
import type { Correction } from './correction.ts'
import type { FanOut } from './fan-out.ts'
import type { SegmentFilter } from './segment.ts'
import type { Channel, NotificationState, ProviderChannel, ProviderName, Routing, Tier } from './words.ts'

/** Whom a notification is for: one of these, as its caller said it. */
export type Audience =
  | { readonly userIds: readonly string[] }
  | { readonly followersOf: string }
  | { readonly topic: string }
  /** With the filter that the segment had when the notification was accepted. */
  | { readonly segment: string; readonly filter: SegmentFilter }

export interface FunnelStage {
  readonly stage: string
  readonly count: number
}

export interface Notification {
  readonly id: string
  readonly callerId: string
  readonly tier: Tier
  readonly category: string
  readonly template: string
  readonly templateVersion: number
  /** null when the template is sensitive: then it is in `secret` until the notification is done. */
  readonly data: unknown
  readonly secret: Uint8Array | null
  readonly audience: Audience
  /** Which way it goes to them: decided when it was accepted. Left out: WRITE. */
  readonly fanOut?: FanOut
  readonly channels: readonly Channel[]
  readonly routing: Routing
  readonly collapseKey: string | null
  readonly push: RichPush | null
  readonly state: NotificationState
  readonly recipientCount: number
  /** Once it is done; until then it is counted when somebody asks. */
  readonly funnel: readonly FunnelStage[] | null
  /** What providers have told since, which is not in `funnel`. */
  readonly reported?: Correction
  /** How many pages of its audience have been committed. */
  readonly pages: number
  /** The user behind whom the next page begins; null where the audience is a list, and before the first page. */
  readonly audienceCursor: string | null
  readonly createdAt: Date
  readonly sendAt: Date | null
  readonly expiresAt: Date
  /** The campaign that it was made by, which has a say in when its pages are made. */
  readonly campaignId?: string | null
}

/** One delivery of a slice, or what is left of it. */
export interface SliceTarget {
  readonly recipientId: string
  /** The devices still to be reached; left out: every active device of the recipient. */
  readonly devices?: readonly string[] | undefined
  /** Some device has it already: whatever becomes of the rest, the delivery is SENT. */
  readonly sent?: boolean | undefined
  /** A provider may have it already: without evidence it is UNKNOWN, never EXPIRED. */
  readonly unknown?: boolean | undefined
  /** Held back by quiet hours until then: RFC 3339. */
  readonly until?: string | undefined
  /** Routing FIRST: the channels to go on to, in order, when this one fails. */
  readonly next?: readonly ProviderChannel[] | undefined
  /** Providers that have refused it, or have not told whether they took it: others are asked before them. */
  readonly refused?: readonly ProviderName[] | undefined
  /** The provider that may have it, and when it was asked (RFC 3339): evidence is looked for before it is sent again. */
  readonly asked?: { readonly provider: ProviderName; readonly at: string } | undefined
  /** Devices that are not to be called before an instant: RFC 3339, by device. */
  readonly notBefore?: Readonly<Record<string, string>> | undefined
}

/**
 * - provider: held back by what stands before the provider (its breaker, its pace)
 * - fail_over: another provider of the channel takes over
 * - next_channel: routing FIRST has gone on to it
 * - redrive: it was a dead letter
 */
export type SliceReason = 'retry' | 'evidence' | 'quiet_hours' | 'provider' | 'fail_over' | 'next_channel' | 'redrive'

/** These are handed on as soon as they are committed, as those of a page are; the others when they fall due. */
export function isHandedOnAtOnce(reason: SliceReason | null): boolean {
  return reason === null || reason === 'fail_over' || reason === 'next_channel'
}

/** Up to 100 deliveries of one notification on one channel, due at one instant. */
export interface Slice {
  readonly id: string
  readonly notificationId: string
  readonly page: number
  readonly tier: Tier
  readonly channel: ProviderChannel
  /** 1 for the first call to a provider. */
  readonly attempt: number
  readonly targets: readonly SliceTarget[]
  /** Why it waits; null: it does not. */
  readonly reason: SliceReason | null
  readonly dueAt: Date
}

export const pageSize = 500
export const sliceSize = 100

/** How long a notification stays worth delivering when its caller does not say, from `sendAt` or its acceptance. */
export const defaultLifeMs: Record<Tier, number> = {
  TRANSACTIONAL: 10 * 60_000,
  SOCIAL: 24 * 3_600_000,
  MARKETING: 72 * 3_600_000,
}

/**
 * How long somebody may work on a row before the relay hands it out again, the n-th time. Short at first, so that
 * the death of a worker delays a one-time code by seconds; then growing, so that a backlog is not published over and over.
 */
export function leaseMs(generation: number): number {
  return 5000 * 2 ** Math.min(generation, 4)
}
