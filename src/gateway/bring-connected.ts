import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { followersAmong, readNewest } from '../store/pending-broadcasts.ts'
import { broadcastMade } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import type { Bring } from './bring.ts'
import type { Reach } from './reach.ts'

export interface ConnectedDeps {
  readonly database: Pick<Database, 'pool'>
  readonly streams: Streams
  readonly bring: Bring['bring']
  readonly reach: Reach
  /** Who is connected here. */
  readonly viewers: () => readonly string[]
}

export interface BringConnected {
  /** Brings whoever is connected up to date: at once when a broadcast is made, and every few seconds. */
  check(): Promise<void>
  close(): void
}

const checkEveryMs = 2000
/** Connected viewers of whom is asked at once whether they follow somebody. */
const lookedForAtOnce = 5000
/** Of more broadcasts than these everybody may have got one. */
const fewBroadcasts = 10

export function bringConnected({ database, streams, bring, reach, viewers }: ConnectedDeps): BringConnected {
  /** How far the viewers who are connected have been brought, and are to be. */
  let told = 0
  let wanted = 0
  let telling: Promise<void> | undefined

  /** Brings them as far as `upTo`, which has been committed, and so has every number before it. */
  async function bringTo(upTo: number): Promise<void> {
    const from = told
    const connected = viewers()
    for (let at = 0; at < connected.length; at += lookedForAtOnce) {
      const some = connected.slice(at, at + lookedForAtOnce).filter((userId) => reach.lacks(userId, upTo))
      const theirs = upTo - from > fewBroadcasts ? some : await followersAmong(database.pool, some, { from, upTo })
      await bring(theirs)
      const isTheirs = new Set(theirs)
      for (const userId of some) {
        // None of these is for him: he is as far as if he had been asked about.
        if (!isTheirs.has(userId) && !reach.lacks(userId, from)) reach.moved(userId, upTo)
      }
    }
    told = upTo
  }

  async function check(): Promise<void> {
    wanted = Math.max(wanted, await readNewest(database.pool))
    telling ??= (async () => {
      while (told < wanted) await bringTo(wanted)
    })().finally(() => {
      telling = undefined
    })
    await telling
  }

  function checkAnyway(): void {
    // Who comes later is brought up to date as he comes.
    if (viewers().length === 0) return
    check().catch((error) =>
      log.warn({ err: error }, 'broadcasts were not brought to all who are connected; trying again'),
    )
  }

  const stopListening = streams.listen(broadcastMade, undefined, ({ number }) => {
    reach.heard(number)
    wanted = Math.max(wanted, number)
    checkAnyway()
  })
  // A signal may be lost.
  const timer = setInterval(checkAnyway, checkEveryMs).unref()

  return {
    check,
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}
