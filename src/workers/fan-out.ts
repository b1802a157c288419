import { leaseMs, type Notification, pageSize } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import { providerChannels } from '../domain/words.ts'
import { nextRecipients } from '../store/audience.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { findNotification } from '../store/notifications.ts'
import { nextNotified } from '../store/notified.ts'
import { commitPage, putOffPage } from '../store/pages.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { RedisConnection } from '../store/redis.ts'
import { type FanOutBody, fanOutMessage, inboxChanged, notificationChanged, sliceMessage } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { makeBroadcast } from './broadcast.ts'
import { takeTurn } from './campaign-turn.ts'
import { openRenderer } from './content.ts'
import type { FanOutMeter } from './fan-out-meter.ts'
import { readFrequencies } from './frequency.ts'
import { type LaneRoom, laneRoom } from './lane-room.ts'
import { pagesPutOff } from './metrics.ts'
import { expandPage } from './page.ts'

export interface FanOutDeps {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly redis: RedisConnection | undefined
  readonly policy: Policy
  readonly readRecipients: ReadRecipients
  readonly now: () => Date
  /** Left out: nobody asks. */
  readonly meter?: FanOutMeter
}

/**
 * Expands the next page of a notification's audience: decides, commits, and hands its slices to dispatch. A page of bulk
 * work for lanes that have enough to do waits in PostgreSQL: nothing that is wanted now queues behind it.
 */
export async function fanOut(deps: FanOutDeps, body: FanOutBody): Promise<void> {
  const { pool } = deps.database
  const found = await findNotification(pool, body.notificationId)
  if (found === undefined || !expandable.has(found.state)) return
  if (found.fanOut === 'BROADCAST' && found.pages === 0) return makeBroadcast(deps, found)
  const notification = found.fanOut === 'BROADCAST' ? withoutInbox(found) : found
  const room = laneRoom(deps.database, notification.tier)
  if (!canWait(notification)) return makePage(deps, notification, room)
  if (!(await room.take(notification.channels))) {
    pagesPutOff.inc({ tier: notification.tier })
    return putOffPage(pool, notification)
  }
  try {
    await makePage(deps, notification, room)
  } finally {
    room.giveBack(notification.channels)
  }
}

async function makePage(deps: FanOutDeps, notification: Notification, room: LaneRoom): Promise<void> {
  const { database, streams, cipher, policy, readRecipients, now, meter } = deps
  const ended = meter?.begin()
  const turn = await turnOf(deps, notification)
  if (turn === undefined) return
  const { userIds, cursor, isLast } = turn.recipients
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
    cursor,
    isLast,
    now: at,
    dueAt,
  })
  const committed = await commitPage(database, { ...page, campaign: turn.step })
  if (committed === undefined) return
  ended?.(userIds.length)
  // What is held back falls due by itself; so does what cannot be published: the page is committed.
  const goingOut = page.slices.filter(({ reason }) => reason === null)
  room.add(goingOut)
  for (const head of committed.heads) streams.signal(inboxChanged, head.userId, head)
  const { id: notificationId, tier } = notification
  streams.signal(notificationChanged, notificationId, { notificationId })
  await Promise.allSettled([
    ...goingOut.map((slice) =>
      streams.publish(sliceMessage, { sliceId: slice.id, tier: slice.tier, channel: slice.channel, generation: 0 }),
    ),
    frequencies.count([
      ...page.inboxItems.map(({ userId }) => ({ userId, channel: 'IN_APP' as const })),
      ...goingOut.flatMap(({ channel, targets }) => targets.map(({ recipientId: userId }) => ({ userId, channel }))),
    ]),
    isLast || turn.step?.goesOn === false
      ? undefined
      : streams.publish(fanOutMessage, { notificationId, tier, page: page.number + 1, generation: 0 }),
  ])
}

/** Whoever comes next, at once; in a campaign, when it is their turn. */
async function turnOf(deps: FanOutDeps, notification: Notification) {
  const { campaignId } = notification
  if (campaignId) return takeTurn(deps, notification, campaignId)
  const { pool } = deps.database
  const recipients =
    notification.fanOut === 'BROADCAST'
      ? await nextNotified(pool, notification, deps.now())
      : await nextRecipients(pool, notification, pageSize)
  return { recipients, step: undefined }
}

/** What a broadcast has for the inbox comes there when its follower shows up. */
function withoutInbox(notification: Notification): Notification {
  return { ...notification, channels: providerChannels.filter((each) => notification.channels.includes(each)) }
}

const expandable: ReadonlySet<string> = new Set(['SCHEDULED', 'ACCEPTED', 'FANNING_OUT'])

/** What was sent to somebody by name is wanted now, at least the first page of it. */
function canWait({ tier, audience, pages }: Notification): boolean {
  return tier !== 'TRANSACTIONAL' && (pages > 0 || !('userIds' in audience))
}

function inMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}
