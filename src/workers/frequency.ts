import { capKey, capsOn, type Frequency, type FrequencyCap, uncapped } from '../domain/frequency-cap.ts'
import type { Notification } from '../domain/notification.ts'
import type { Channel } from '../domain/words.ts'
import type { Database } from '../store/database.ts'
import { readFrequencyCaps } from '../store/frequency-caps.ts'
import { addCounts, readCounts } from '../store/frequency-counts.ts'
import type { RedisConnection } from '../store/redis.ts'

export interface FrequencyDeps {
  readonly database: Database
  readonly redis: RedisConnection | undefined
  readonly now: () => Date
}

/** The caps that a notification meets, and what has been counted against them. */
export interface Frequencies {
  of(userId: string): Frequency
  /** Counts what goes out now. A repeat counts nothing twice. */
  count(sent: readonly { readonly userId: string; readonly channel: Channel }[]): Promise<void>
}

/** Reads the counts of all these users in one round trip; nothing at all where no cap applies. */
export async function readFrequencies(
  { database, redis, now }: FrequencyDeps,
  notification: Notification,
  channels: readonly Channel[],
  userIds: readonly string[],
): Promise<Frequencies> {
  // No cap is ever on these; and most slices ask about nobody, since their page has met the caps.
  const isUncapped = notification.tier === 'TRANSACTIONAL' || userIds.length === 0
  const all = isUncapped ? [] : await readFrequencyCaps(database.pool)
  const caps = channels.flatMap((channel) => capsOn(all, notification, channel))
  const keys = userIds.flatMap((userId) => caps.map((cap) => ({ userId, cap })))
  const counts = await readCounts(redis, keys, now())
  const byUser = new Map<string, Map<string, number>>()
  keys.forEach(({ userId, cap }, index) => {
    const ofUser = byUser.get(userId) ?? new Map<string, number>()
    byUser.set(userId, ofUser.set(capKey(cap), counts[index] ?? 0))
  })
  return {
    of: (userId) => frequencyOf(caps, byUser.get(userId)),
    count: (sent) =>
      addCounts(
        redis,
        notification.id,
        sent.flatMap(({ userId, channel }) => capsOn(caps, notification, channel).map((cap) => ({ userId, cap }))),
        now(),
      ),
  }
}

function frequencyOf(caps: readonly FrequencyCap[], counts: ReadonlyMap<string, number> | undefined): Frequency {
  return counts === undefined ? uncapped : { caps, counts }
}
