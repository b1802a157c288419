import type { Step } from '../domain/account.ts'
import { broadcastDecision, decideBroadcast } from '../domain/broadcast.ts'
import type { Decision } from '../domain/decide.ts'
import type { Notification } from '../domain/notification.ts'
import { providerChannels } from '../domain/words.ts'
import { isOpenBroadcast } from '../store/broadcasts.ts'
import type { Delivery } from '../store/deliveries.ts'
import { followedAt } from '../store/followed.ts'
import { readFrequencyCaps } from '../store/frequency-caps.ts'
import { readRecipients } from '../store/recipients.ts'
import type { App } from './context.ts'

export interface BroadcastExplained {
  readonly decisions: readonly Decision[]
  /** What follows from what he has not asked for. */
  readonly steps: readonly Step[]
}

/**
 * What is to be said of somebody and a broadcast, besides what its pages tell: what was decided when he showed up; what
 * would be, if he did now; that he has not asked for more than the inbox. Undefined: it is not for him.
 */
export async function explainBroadcast(
  app: App,
  notification: Notification,
  recipientId: string,
  known: { readonly isPaged: boolean; readonly inbox: Delivery | undefined },
): Promise<BroadcastExplained | undefined> {
  const { audience, sendAt, createdAt } = notification
  if (!('followersOf' in audience)) return undefined
  const { pool } = app.database
  const sentAt = sendAt ?? createdAt
  const followed = await followedAt(pool, audience.followersOf, recipientId, sentAt)
  const { isPaged, inbox } = known
  if (followed === undefined && !isPaged && inbox === undefined) return undefined
  const decisions = inbox
    ? [broadcastDecision({ ...inbox, at: inbox.updatedAt })]
    : await foreseen(app, notification, recipientId)
  return { decisions, steps: isPaged || followed?.notify ? [] : notAsked(notification, sentAt) }
}

async function foreseen(
  { database, policy, now }: App,
  notification: Notification,
  recipientId: string,
): Promise<readonly Decision[]> {
  if (!(await isOpenBroadcast(database.pool, notification.id))) return []
  const [recipients, caps] = await Promise.all([
    readRecipients(database.pool, [recipientId]),
    readFrequencyCaps(database.pool),
  ])
  const frequency = { caps, counts: new Map() }
  return [decideBroadcast(notification, recipients.get(recipientId), now(), policy, frequency)]
}

function notAsked({ channels }: Notification, at: Date): readonly Step[] {
  return providerChannels
    .filter((channel) => channels.includes(channel))
    .map((channel) => ({
      ...{ at, channel, rule: 'notify', outcome: 'suppress', reason: 'not_asked', until: null, provider: null },
    }))
}
