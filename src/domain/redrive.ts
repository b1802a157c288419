import { type Counts, noCounts } from './funnel.ts'
import { type DeliveryKey, redrivenSliceId } from './ids.ts'
import { type Slice, sliceSize } from './notification.ts'
import type { ProviderChannel, Tier } from './words.ts'

/** A dead letter that can be tried again. */
export interface RedrivableLetter extends DeliveryKey {
  readonly channel: ProviderChannel
  readonly tier: Tier
  readonly page: number
  readonly at: Date
  /** The number of the last attempt that was made; 0: no provider was ever asked. */
  readonly attempts: number
}

export interface RedrivenSlice {
  readonly slice: Slice
  /** To add to what has been counted: these deliveries are failed no longer, and not dispatched twice. */
  readonly correction: Counts
}

export interface RedrivePace {
  /** When the first redriven deliveries of a lane may fall due. */
  startOf(tier: Tier, channel: ProviderChannel): Date
  /** How many deliveries of a lane fall due in one second at most. */
  readonly perSecond: number
}

/** The slices in which dead letters are tried again, in their order, spread over as many seconds as the pace demands. */
export function redriveSlices(letters: readonly RedrivableLetter[], pace: RedrivePace): readonly RedrivenSlice[] {
  const lanes = Map.groupBy(letters, ({ tier, channel }) => `${tier} ${channel}`)
  return [...lanes.values()].flatMap((lane) =>
    chunks(lane, pace.perSecond).flatMap((second, n) => alike(second).map((group) => sliceOf(group, pace, n))),
  )
}

/** What may share a slice. Nobody is in one twice: she has one dead letter for each notification and channel. */
function alike(letters: readonly RedrivableLetter[]): readonly (readonly RedrivableLetter[])[] {
  const groups = Map.groupBy(letters, ({ notificationId, page, attempts }) => `${notificationId} ${page} ${attempts}`)
  return [...groups.values()].flatMap((group) => chunks(group, sliceSize))
}

function sliceOf(letters: readonly RedrivableLetter[], pace: RedrivePace, second: number): RedrivenSlice {
  const [first] = letters
  if (first === undefined) throw new Error('a slice without deliveries')
  const { notificationId, page, tier, channel, attempts } = first
  return {
    slice: {
      id: redrivenSliceId(notificationId, letters),
      notificationId,
      page,
      tier,
      channel,
      attempt: attempts + 1,
      targets: letters.map(({ recipientId }) => ({ recipientId })),
      reason: 'redrive',
      dueAt: new Date(pace.startOf(tier, channel).getTime() + second * 1000),
    },
    correction: {
      ...noCounts,
      failed: -letters.length,
      dispatched: attempts === 0 ? 0 : -letters.length,
    },
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
