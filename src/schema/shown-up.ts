import type { Notification } from '../domain/notification.ts'
import type { DeliveryState } from '../domain/words.ts'
import type { Database } from '../store/database.ts'
import { Lru } from '../store/lru.ts'
import type { App } from './context.ts'

type Counted = ReadonlyMap<DeliveryState, number>

interface Kept {
  readonly counted: Promise<Counted>
  untilMs: number
}

/** A count that takes longer than this is given to others, too. */
const quickMs = 50
/** Counting takes no more than this share of the time. */
const share = 0.05
const keptCounts = 500

const ofDatabase = new WeakMap<Database, Lru<string, Kept>>()

/** What has become of a broadcast in the inboxes of those who have shown up: it grows for as long as somebody may. */
export function shownUp({ id }: Pick<Notification, 'id'>, { database }: Pick<App, 'database'>): Promise<Counted> {
  const all = ofDatabase.get(database) ?? new Lru<string, Kept>(keptCounts)
  ofDatabase.set(database, all)
  const known = all.get(id)
  const begun = performance.now()
  if (known !== undefined && begun < known.untilMs) return known.counted
  const fresh: Kept = { counted: database.log.countLogged(id, 'IN_APP'), untilMs: Number.POSITIVE_INFINITY }
  const settle = (tookMs: number) => {
    fresh.untilMs = tookMs < quickMs ? 0 : begun + tookMs / share
  }
  fresh.counted.then(
    () => settle(performance.now() - begun),
    () => settle(0),
  )
  all.set(id, fresh)
  return fresh.counted
}
