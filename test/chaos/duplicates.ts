import type { LedgerRow } from './facts.ts'

export interface ChannelFigures {
  readonly channel: string
  /** Deliveries that a provider took; a push counts for each device. */
  readonly deliveries: number
  readonly duplicates: number
  /** Those that a person is left with: a push with the collapse id of one before it takes its place. */
  readonly afterCollapse: number
}

/** A delivery that a provider took more than once, for somebody who wants to find out why. */
export interface Repeated {
  readonly deliveryId: string
  readonly providers: readonly string[]
  readonly at: readonly string[]
  readonly collapseIds: number
}

export interface Duplicates {
  readonly channels: readonly ChannelFigures[]
  readonly repeated: readonly Repeated[]
}

/** Counts what providers took more than once for one delivery and one address. */
export function duplicatesOf(ledger: readonly LedgerRow[]): Duplicates {
  const groups = [...Map.groupBy(ledger, ({ deliveryId, to }) => `${deliveryId} ${to}`).values()]
  const counted = groups.flatMap((rows) => {
    const [first] = rows
    if (first === undefined) return []
    const { channel } = first
    const collapseIds =
      channel === 'PUSH' ? new Set(rows.map(({ collapseId }, n) => collapseId ?? n)).size : rows.length
    return [{ channel, rows, first, duplicates: rows.length - 1, afterCollapse: collapseIds - 1 }]
  })
  const byChannel = Map.groupBy(counted, ({ channel }) => channel)
  return {
    channels: [...byChannel].sort().map(([channel, of]) => ({
      channel,
      deliveries: of.length,
      duplicates: of.reduce((sum, { duplicates }) => sum + duplicates, 0),
      afterCollapse: of.reduce((sum, { afterCollapse }) => sum + afterCollapse, 0),
    })),
    repeated: counted
      .filter(({ duplicates }) => duplicates > 0)
      .map(({ first, rows, afterCollapse }) => ({
        deliveryId: `${first.deliveryId}`,
        providers: rows.map(({ provider }) => provider),
        at: rows.map(({ at }) => at),
        collapseIds: afterCollapse + 1,
      })),
  }
}
