import { noCounts } from '../../src/domain/funnel.ts'
import { sliceId } from '../../src/domain/ids.ts'
import type { Database } from '../../src/store/database.ts'
import type { DeadLetter } from '../../src/store/dead-letters.ts'
import { finishNotification } from '../../src/store/finish.ts'
import { acceptNotification, type NewNotification } from '../../src/store/notifications.ts'
import { commitPage } from '../../src/store/pages.ts'
import { closeSlice } from '../../src/store/slices.ts'
import { aNewNotification } from './a-notification.ts'

export interface FailedNotification {
  readonly recipientIds?: readonly string[]
  readonly letter?: Partial<Omit<DeadLetter, 'notificationId' | 'recipientId' | 'channel'>>
  readonly notification?: Partial<NewNotification>
}

/** A notification by SMS that is done: Twilio refused it for each of its recipients, once. Resolves with its id. */
export async function aFailedNotification(
  database: Database,
  { recipientIds = ['ada'], letter = {}, notification = {} }: FailedNotification = {},
): Promise<string> {
  const accepted = await acceptNotification(
    database.pool,
    aNewNotification({ channels: ['SMS'], audience: { userIds: recipientIds }, ...notification }),
    undefined,
  )
  const { id: notificationId, tier } = accepted.notification
  const slice = sliceId(notificationId, 0, 'SMS', 0)
  const at = letter.at ?? new Date()
  const keys = recipientIds.map((recipientId) => ({ notificationId, recipientId, channel: 'SMS' as const }))
  const why = { provider: 'twilio', reason: 'stale_target', ...letter, at } as const
  const targets = recipientIds.map((recipientId) => ({ recipientId }))
  await commitPage(database, {
    notificationId,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: recipientIds.length,
    decided: { words: ['deliver'], of: Object.fromEntries(recipientIds.map((id) => [id, [-1, -1, -1, 0]])) },
    counts: noCounts,
    inboxItems: [],
    slices: [
      { id: slice, notificationId, page: 0, tier, channel: 'SMS', attempt: 1, targets, reason: null, dueAt: at },
    ],
    suppressions: [],
    deadLetters: [],
  })
  const { provider, reason } = why
  const attempt = {
    attempt: 1,
    target: '',
    at,
    outcome: 'stale_target',
    code: '21614',
    latencyMs: 5,
    providerMessageId: null,
  } as const
  await database.log.logDeliveries(
    keys.map((key) => ({ ...key, state: 'FAILED', reason, provider, updatedAt: at })),
    provider === null ? [] : keys.map((key) => ({ ...key, ...attempt, provider })),
  )
  await closeSlice(database, {
    sliceId: slice,
    notificationId,
    counts: { ...noCounts, failed: keys.length, dispatched: provider === null ? 0 : keys.length },
    children: [],
    deadLetters: keys.map((key) => ({ ...key, attempts: 1, ...why })),
    fallbackItems: [],
  })
  await finishNotification(database.pool, notificationId)
  return notificationId
}
