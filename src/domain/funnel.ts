import type { FunnelStage } from './notification.ts'

/** How many deliveries have come to which end. A page counts its own, a slice those that do not go on in a child. */
export interface Counts {
  /** Put into an inbox, or handed to a provider at least once, whatever came of it. */
  readonly dispatched: number
  readonly sent: number
  readonly delivered: number
  readonly failed: number
  readonly expired: number
  readonly cancelled: number
  readonly suppressed: number
  readonly unknown: number
}

export const noCounts: Counts = {
  dispatched: 0,
  sent: 0,
  delivered: 0,
  failed: 0,
  expired: 0,
  cancelled: 0,
  suppressed: 0,
  unknown: 0,
}

export interface Progress {
  /** Recipients in the audience, and of them in committed pages. */
  readonly audience: number
  readonly expanded: number
  /** Deliveries in open slices: those that wait for a worker, those that wait for evidence, those held back. */
  readonly queued: number
  readonly awaitingEvidence: number
  readonly deferred: number
  readonly ended: Counts
}

/**
 * The funnel of a notification, as its pages and slices count it. `accepted` and `fanned_out` count recipients, the rest
 * deliveries: `dispatched` are those that a provider was asked to take, `sent` those that one has accepted and what is in
 * inboxes. What a provider tells later (`delivered`, `failed`) is kept beside it: ./correction.ts.
 */
export function funnelOf(progress: Progress): readonly FunnelStage[] {
  const { ended } = progress
  const unknown = ended.unknown + progress.awaitingEvidence
  return [
    { stage: 'accepted', count: progress.audience },
    { stage: 'fanned_out', count: progress.expanded },
    { stage: 'suppressed', count: ended.suppressed },
    { stage: 'deferred', count: progress.deferred },
    { stage: 'queued', count: progress.queued },
    { stage: 'dispatched', count: ended.dispatched + progress.awaitingEvidence },
    { stage: 'sent', count: ended.sent },
    { stage: 'delivered', count: ended.delivered },
    { stage: 'failed', count: ended.failed },
    { stage: 'expired', count: ended.expired },
    { stage: 'cancelled', count: ended.cancelled },
    { stage: 'unknown', count: unknown },
  ]
}
