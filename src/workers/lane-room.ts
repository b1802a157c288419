import { emptyLane, hasRoom, type LaneLoad, nextLoad } from '../domain/lane-load.ts'
import { pageSize, sliceSize } from '../domain/notification.ts'
import { type Channel, type ProviderChannel, providerChannels, type Tier } from '../domain/words.ts'
import { readBacklog } from '../store/backlog.ts'
import type { Database } from '../store/database.ts'

/** Keeps the delivery lanes of a tier from being given more bulk work than they get done in a few seconds. */
export interface LaneRoom {
  /** Takes room for a page in each of these lanes; false, and nothing taken, where one of them has none. */
  take(channels: readonly Channel[]): Promise<boolean>
  /** Gives it back: the page is made, and its slices have been added, or it is not. */
  giveBack(channels: readonly Channel[]): void
  /** Counts slices that this process has made. */
  add(slices: readonly { readonly channel: ProviderChannel }[]): void
}

const sampleEveryMs = 250
const slicesOfPage = pageSize / sliceSize

/** The room of a tier's lanes, as everybody in this process sees it who uses the database. */
export function laneRoom(database: Database, tier: Tier): LaneRoom {
  const ofDatabase = rooms.get(database) ?? new Map<Tier, LaneRoom>()
  rooms.set(database, ofDatabase)
  const room = ofDatabase.get(tier) ?? openLaneRoom(database, tier)
  ofDatabase.set(tier, room)
  return room
}

const rooms = new WeakMap<Database, Map<Tier, LaneRoom>>()

interface Lane {
  /** As it was when it was sampled. */
  load: LaneLoad
  /** Slices made since then. */
  added: number
  /** Slices that room is taken for. */
  taken: number
}

function openLaneRoom({ pool }: Database, tier: Tier): LaneRoom {
  const lanes = new Map<ProviderChannel, Lane>(
    providerChannels.map((channel) => [channel, { load: emptyLane, added: 0, taken: 0 }]),
  )
  let sampledAt = Number.NEGATIVE_INFINITY
  let sampling: Promise<void> | undefined

  function lanesOf(channels: readonly Channel[]): readonly Lane[] {
    return [...lanes].filter(([channel]) => channels.includes(channel)).map(([, lane]) => lane)
  }

  async function sample(): Promise<void> {
    // What is added while PostgreSQL is asked may or may not be in its answer: better counted twice than not at all.
    const addedBefore = new Map([...lanes].map(([channel, { added }]) => [channel, added]))
    const backlog = await readBacklog(pool, tier)
    const now = performance.now()
    for (const [channel, lane] of lanes) {
      const added = addedBefore.get(channel) ?? 0
      lane.load = nextLoad(lane.load, added, backlog.get(channel) ?? 0, now - sampledAt)
      lane.added -= added
    }
    sampledAt = now
  }

  async function refresh(): Promise<void> {
    if (performance.now() - sampledAt < sampleEveryMs) return
    sampling ??= sample().finally(() => {
      sampling = undefined
    })
    await sampling
  }

  return {
    async take(channels) {
      const wanted = lanesOf(channels)
      if (wanted.length > 0) await refresh()
      const isFree = wanted.every(({ load, added, taken }) => hasRoom({ ...load, open: load.open + added + taken }))
      for (const lane of isFree ? wanted : []) lane.taken += slicesOfPage
      return isFree
    },
    giveBack(channels) {
      for (const lane of lanesOf(channels)) lane.taken -= slicesOfPage
    },
    add(slices) {
      for (const { channel } of slices) for (const lane of lanesOf([channel])) lane.added++
    },
  }
}
