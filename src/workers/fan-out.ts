import { leaseMs, pageSize } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { findNotification } from '../store/notifications.ts'
import { commitPage } from '../store/pages.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { RedisConnection } from '../store/redis.ts'
import { type FanOutBody, fanOutMessage, inboxChanged, notificationChanged, sliceMessage } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { openRenderer } from './content.ts'
import { readFrequencies } from './frequency.ts'
import { expandPage } from './page.ts'

export interface FanOutDeps {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly redis: RedisConnection | undefined
  readonly policy: Policy
  readonly readRecipients: ReadRecipients
  readonly now: () => Date
}

/** Expands the next page of a notification's audience: decides, commits, and hands its slices to dispatch. */
export async function fanOut(deps: FanOutDeps, body: FanOutBody): Promise<void> {
  const { database, streams, cipher, policy, readRecipients, now } = deps
  const notification = await findNotification(database.pool, body.notificationId)
  if (notification === undefined || !expandable.has(notification.state)) return
  const userIds = notification.audience.userIds.slice(
    notification.pages * pageSize,
    (notification.pages + 1) * pageSize,
  )
  const isLast = (notification.pages + 1) * pageSize >= notification.audience.userIds.length
  const [recipients, render, frequencies] = await Promise.all([
    readRecipients(database.pool, userIds),
    openRenderer(database, cipher, notification),
    readFrequencies(deps, notification, notification.channels, userIds),
  ])
  const at = now()
  const dueAt = inMs(at, leaseMs(0))
  const page = expandPage({
    notification,
    userIds,
    recipients,
    render,
    policy,
    frequencyOf: frequencies.of,
    isLast,
    now: at,
    dueAt,
  })
  const committed = await commitPage(database.pool, page)
  if (committed === undefined) return
  for (const head of committed.heads) streams.signal(inboxChanged, head.userId, head)
  streams.signal(notificationChanged, notification.id, { notificationId: notification.id })
  // What is held back falls due by itself; so does what cannot be published: the page is committed.
  const goingOut = page.slices.filter(({ reason }) => reason === null)
  await Promise.allSettled([
    ...goingOut.map((slice) =>
      streams.publish(sliceMessage, { sliceId: slice.id, tier: slice.tier, channel: slice.channel, generation: 0 }),
    ),
    frequencies.count([
      ...page.inboxItems.map(({ userId }) => ({ userId, channel: 'IN_APP' as const })),
      ...goingOut.flatMap(({ channel, targets }) => targets.map(({ recipientId: userId }) => ({ userId, channel }))),
    ]),
    isLast ? undefined : streams.publish(fanOutMessage, { ...body, page: page.number + 1, generation: 0 }),
  ])
}

const expandable: ReadonlySet<string> = new Set(['SCHEDULED', 'ACCEPTED', 'FANNING_OUT'])

function inMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}
