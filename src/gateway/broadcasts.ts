import { setImmediate as afterAnswers } from 'node:timers/promises'
import { log } from '../log.ts'
import type { AheadOf, Broadcasts, Readable } from '../schema/context.ts'
import { readHeads } from '../store/inbox-heads.ts'
import { type Pending, readBehind, readPendingOfOne } from '../store/pending-broadcasts.ts'
import type { Streams } from '../streams/streams.ts'
import { isToMove, openBring } from './bring.ts'
import { type BringConnected, bringConnected } from './bring-connected.ts'
import { type Decided, type FateDeps, openFates } from './broadcast-fates.ts'
import { comingItems } from './coming-items.ts'
import { openReach } from './reach.ts'

export interface LiveBroadcasts extends Broadcasts, BringConnected {
  /** The heads of these users, when everything that has been broadcast to them until now is in their inboxes. */
  readHeads(userIds: readonly string[]): ReturnType<typeof readHeads>
  /** Resolves when everything that has been shown is stored, too. */
  settled(): Promise<void>
}

export interface BroadcastDeps extends FateDeps {
  readonly streams: Streams
  /** Who is connected here. */
  readonly viewers: () => readonly string[]
}

/** What is about to come into an inbox. */
interface Ahead {
  readonly pending: Pending
  readonly decided: Decided
}

interface Look {
  readonly seen: Promise<Ahead | undefined>
  readonly stored: Promise<void>
}

const nothing: Decided = { broadcasts: [], fates: [] }

/** One that fails may fail again. */
const maxTries = 3

const notBrought = 'an inbox was not brought up to date with broadcasts'

export function openBroadcasts(deps: BroadcastDeps): LiveBroadcasts {
  const { database, streams, viewers } = deps
  const { pool } = database
  const fates = openFates(deps)
  const reach = openReach()
  const { bring, keep } = openBring({ database, streams, fates, reach })
  const { check, close } = bringConnected({ database, streams, bring, reach, viewers })
  const arriving = new Map<string, Promise<void>>()
  const looking = new Map<string, Look>()

  /** Once for all who wait for the same user. */
  function bringOne(userId: string, begin: () => Promise<void> = () => bring([userId])): Promise<void> {
    const under = arriving.get(userId)
    if (under !== undefined) return under
    const coming = begin()
      // What is in the inbox already is better than nothing; and whoever comes next tries again.
      .catch((error: unknown) => log.error({ err: error }, notBrought))
      .finally(() => arriving.delete(userId))
    arriving.set(userId, coming)
    return coming
  }

  /** Whoever is at it already may have begun before all of that was there. */
  async function bringUpTo(userId: string, upTo: number): Promise<void> {
    for (let tries = 0; tries < maxTries && reach.lacks(userId, upTo); tries++) await bringOne(userId)
  }

  /** What is about to come into an inbox: it is stored as soon as it is known. Undefined: that cannot be told. */
  function lookAhead(userId: string): Promise<Ahead | undefined> {
    const under = looking.get(userId)
    if (under !== undefined) return under.seen
    const seen = see(userId).catch(() => undefined)
    const stored = seen.then((what) => store(userId, what)).finally(() => looking.delete(userId))
    looking.set(userId, { seen, stored })
    return seen
  }

  async function see(userId: string): Promise<Ahead> {
    const { pending, recipient } = await readPendingOfOne(pool, userId)
    if (!isToMove(pending)) reach.moved(userId, pending.upTo)
    if (pending.broadcasts.length === 0) return { pending, decided: nothing }
    return { pending, decided: await fates.decide([pending], new Map(recipient && [[userId, recipient]])) }
  }

  async function store(userId: string, seen: Ahead | undefined): Promise<void> {
    if (seen === undefined || !isToMove(seen.pending)) return
    const { pending, decided } = seen
    // Whoever waits for an answer comes first.
    await afterAnswers()
    // And whoever is at it already may not have seen all of this.
    while (arriving.has(userId)) await arriving.get(userId)
    await bringOne(userId, async () => bring(await keep([pending], decided)))
  }

  async function ahead<T extends Readable>(userId: string, read: () => Promise<T>): Promise<AheadOf<T>> {
    // Where it is known already that there may be something, both are read at once.
    const looked = reach.lacks(userId, reach.newest()) ? lookAhead(userId) : undefined
    const before = reach.of(userId)
    const found = await read()
    const { behind } = found
    if (behind === undefined) return { found, coming: [] }
    if (looked === undefined && !reach.lacks(userId, behind.newest)) {
      // What has been stored while it was read may not be in it.
      return { found: reach.of(userId) === before ? found : await read(), coming: [] }
    }
    const seen = await (looked ?? lookAhead(userId))
    if (seen?.pending.from === behind.got && seen.pending.upTo >= behind.newest) {
      return { found, coming: comingItems(userId, found.head.seq, seen.decided) }
    }
    await bringUpTo(userId, behind.newest)
    return { found: await read(), coming: [] }
  }

  return {
    check,
    close,
    ahead,
    async arrive(userId) {
      const behind = await readBehind(pool, userId)
      if (behind !== undefined) await bringUpTo(userId, behind)
    },
    async readHeads(userIds) {
      const heads = await readHeads(pool, userIds)
      const late = userIds.filter((userId, index) => {
        const behind = heads[index]?.behind
        return behind !== undefined && reach.lacks(userId, behind.newest)
      })
      if (late.length === 0) return heads
      await bring(late).catch((error: unknown) => log.error({ err: error }, notBrought))
      return readHeads(pool, userIds)
    },
    async settled() {
      while (looking.size + arriving.size > 0) {
        await Promise.all([...[...looking.values()].map(({ stored }) => stored), ...arriving.values()])
      }
    },
  }
}
