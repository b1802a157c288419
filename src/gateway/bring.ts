import { type MaterialisedHead, makeHeads } from '../store/materialise.ts'
import { type Pending, readPending } from '../store/pending-broadcasts.ts'
import { inboxChanged } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import type { Decided, FateDeps, Fates } from './broadcast-fates.ts'
import type { Reach } from './reach.ts'

/** Brings inboxes up to date: what has been broadcast to them and is not there yet becomes items of theirs. */
export interface Bring {
  /** Resolves when it is done, for all of them; rejects where it cannot be. */
  bring(userIds: readonly string[]): Promise<void>
  /** Makes items of what has been decided. Resolves with those who have to be looked at again. */
  keep(pending: readonly Pending[], decided: Decided): Promise<readonly string[]>
}

export interface BringDeps extends Pick<FateDeps, 'database'> {
  readonly streams: Streams
  readonly fates: Fates
  readonly reach: Reach
}

/** Inboxes that are brought up to date in one transaction, and transactions at once. */
const batchSize = 200
const atOnce = 3
/** A head that is further behind is moved on although nothing comes of it, so that the next look is a short one. */
const farBehind = 1000
/** Others may bring the same inbox up to date meanwhile; they cannot do so for ever. */
const maxRounds = 1000

export function openBring({ database, streams, fates, reach }: BringDeps): Bring {
  const { pool } = database

  async function bringBatch(userIds: readonly string[]): Promise<void> {
    let left = userIds
    for (let round = 0; left.length > 0; round++) {
      if (round === maxRounds) throw new Error('inboxes could not be brought up to date')
      const pending = await readPending(pool, left)
      left = await keep(pending, await fates.decide(pending.filter(({ broadcasts }) => broadcasts.length > 0)))
    }
  }

  async function keep(pending: readonly Pending[], decided: Decided): Promise<readonly string[]> {
    for (const each of pending) if (!isToMove(each)) reach.moved(each.userId, each.upTo)
    const moved = pending.filter(isToMove)
    if (moved.length === 0) return []
    await makeHeads(
      pool,
      moved.filter(({ hasHead }) => !hasHead).map(({ userId }) => userId),
    )
    const heads = await database.log.materialise({ inboxes: moved, ...decided })
    tell(heads)
    const done = new Set(heads.map(({ userId }) => userId))
    await fates.count(decided.fates.filter(({ userId }) => done.has(userId)))
    for (const { userId, upTo } of moved) if (done.has(userId)) reach.moved(userId, upTo)
    return moved.filter(({ userId, goesOn }) => goesOn || !done.has(userId)).map(({ userId }) => userId)
  }

  function tell(heads: readonly MaterialisedHead[]): void {
    for (const { userId, seq, unread, items } of heads) {
      if (items > 0) streams.signal(inboxChanged, userId, { userId, seq, unread })
    }
  }

  return {
    keep,
    async bring(userIds) {
      const batches = Array.from({ length: Math.ceil(userIds.length / batchSize) }, (_, n) =>
        userIds.slice(n * batchSize, (n + 1) * batchSize),
      ).values()
      const work = async () => {
        for (const batch of batches) await bringBatch(batch)
      }
      await Promise.all(Array.from({ length: atOnce }, work))
    },
  }
}

/** Whether its head is to move on: something comes of it, or it is far behind. */
export function isToMove({ broadcasts, from, upTo, hasHead }: Pending): boolean {
  return broadcasts.length > 0 || (hasHead && upTo - from > farBehind)
}
