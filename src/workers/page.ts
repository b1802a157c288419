import { type Decision, decide, type Recipient, type Verdict } from '../domain/decide.ts'
import { compactDecisions } from '../domain/decided.ts'
import type { Frequency } from '../domain/frequency-cap.ts'
import { type Counts, noCounts } from '../domain/funnel.ts'
import { deliveryId, sliceId } from '../domain/ids.ts'
import { type Notification, type Slice, type SliceTarget, sliceSize } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import { spreadOut } from '../domain/spread.ts'
import { type ProviderChannel, providerChannels } from '../domain/words.ts'
import type { DeadLetter } from '../store/dead-letters.ts'
import type { LoggedDelivery } from '../store/delivery-log.ts'
import type { NewInboxItem } from '../store/inbox-write.ts'
import type { NewPage } from '../store/pages.ts'
import { RenderError } from '../templates/render-error.ts'
import type { Renderer } from './content.ts'

export interface Expansion {
  readonly notification: Notification
  readonly userIds: readonly string[]
  /** Those of them who exist. */
  readonly recipients: ReadonlyMap<string, Recipient>
  readonly render: Renderer
  readonly policy: Policy
  readonly frequencyOf: (userId: string) => Frequency
  readonly cursor: string | null
  readonly isLast: boolean
  readonly now: Date
  /** When the page's slices that go out now fall due again unless they have closed by then. */
  readonly dueAt: Date
}

/** Decides a page of recipients and works out everything that follows from it. */
export function expandPage(expansion: Expansion): NewPage {
  const { notification, userIds, recipients, cursor, isLast, now } = expansion
  const verdicts = new Map(userIds.map((id) => [id, verdictFor(expansion, recipients.get(id))]))
  const inbox = inboxOf(expansion, verdicts)
  const refused = [...verdicts].flatMap(([recipientId, { decisions }]) =>
    decisions.flatMap((decision) => refusal(notification.id, recipientId, decision, now)),
  )
  const counts: Counts = {
    ...noCounts,
    dispatched: inbox.items.length,
    sent: inbox.items.length,
    failed: inbox.deadLetters.length,
    suppressed: refused.filter(({ state }) => state === 'SUPPRESSED').length,
    expired: refused.filter(({ state }) => state === 'EXPIRED').length,
  }
  return {
    notificationId: notification.id,
    number: notification.pages,
    isLast,
    cursor,
    recipientCount: userIds.length,
    decided: compactDecisions(new Map([...verdicts].map(([id, { decisions }]) => [id, decisions]))),
    counts,
    inboxItems: inbox.items,
    slices: providerChannels.flatMap((channel) => slicesOf(expansion, verdicts, channel)),
    suppressions: [...refused, ...inbox.deadLetters.map((letter) => failedDelivery(letter))],
    deadLetters: inbox.deadLetters,
  }
}

function verdictFor({ notification, now, policy, frequencyOf }: Expansion, recipient: Recipient | undefined): Verdict {
  if (recipient !== undefined) return decide(notification, recipient, now, policy, frequencyOf(recipient.userId))
  // Deleted since the notification was accepted.
  const gone = notification.channels.map(
    (channel): Decision => ({
      channel,
      at: now,
      rule: 'available',
      outcome: 'suppress',
      reason: 'unknown_user',
      until: null,
    }),
  )
  return { decisions: gone, next: [] }
}

function inboxOf({ notification, recipients, render, now }: Expansion, verdicts: ReadonlyMap<string, Verdict>) {
  const items: NewInboxItem[] = []
  const deadLetters: DeadLetter[] = []
  for (const [userId, { decisions }] of verdicts) {
    const recipient = recipients.get(userId)
    if (recipient === undefined || !delivers(decisions, 'IN_APP')) continue
    try {
      const content = render('IN_APP', recipient)
      items.push({ ...content, userId, notificationId: notification.id, ...labelsOf(notification), sentAt: now })
    } catch (error) {
      if (!(error instanceof RenderError)) throw error
      deadLetters.push({
        notificationId: notification.id,
        recipientId: userId,
        channel: 'IN_APP',
        provider: null,
        reason: 'render_error',
        attempts: 0,
        at: now,
      })
    }
  }
  return { items, deadLetters }
}

function labelsOf({ tier, category, data }: Notification) {
  return { tier, category, data }
}

/** What goes out now, and what is held back: that shares a slice where it is released at the same instant. */
function slicesOf(expansion: Expansion, verdicts: ReadonlyMap<string, Verdict>, channel: ProviderChannel): Slice[] {
  const { notification, dueAt: again } = expansion
  const waiting = [...verdicts].flatMap(([recipientId, { decisions, next }]) => {
    const decision = decisions.find((each) => each.channel === channel)
    if (decision?.outcome !== 'deliver' && decision?.outcome !== 'defer') return []
    const { until } = decision
    const target: SliceTarget = {
      recipientId,
      ...(next.length > 0 && { next }),
      ...(until && { until: until.toISOString() }),
    }
    return [{ target, heldUntil: until && releaseOf(expansion, recipientId, channel, until) }]
  })
  const groups = Map.groupBy(waiting, ({ heldUntil }) => heldUntil?.getTime() ?? 0)
  const pieces = [...groups.values()].flatMap((group) => chunks(group, sliceSize))
  return pieces.map((piece, n) => {
    const heldUntil = piece[0]?.heldUntil
    return {
      id: sliceId(notification.id, notification.pages, channel, n),
      notificationId: notification.id,
      page: notification.pages,
      tier: notification.tier,
      channel,
      attempt: 1,
      targets: piece.map(({ target }) => target),
      reason: heldUntil ? 'quiet_hours' : null,
      dueAt: heldUntil ?? again,
    }
  })
}

function releaseOf({ notification, policy }: Expansion, recipientId: string, channel: ProviderChannel, until: Date) {
  const id = deliveryId({ notificationId: notification.id, channel, recipientId })
  return spreadOut(until, id, notification.expiresAt, policy.spreadMs)
}

function refusal(notificationId: string, recipientId: string, decision: Decision, now: Date): LoggedDelivery[] {
  if (decision.outcome === 'deliver' || decision.outcome === 'defer') return []
  const state = decision.outcome === 'expire' ? 'EXPIRED' : 'SUPPRESSED'
  const { channel, reason } = decision
  return [{ notificationId, recipientId, channel, state, reason, provider: null, updatedAt: now }]
}

function failedDelivery({ notificationId, recipientId, channel, reason, at }: DeadLetter): LoggedDelivery {
  return { notificationId, recipientId, channel, state: 'FAILED', reason, provider: null, updatedAt: at }
}

function delivers(decisions: readonly Decision[], channel: string): boolean {
  return decisions.some((decision) => decision.channel === channel && decision.outcome === 'deliver')
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
