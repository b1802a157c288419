import { median } from '../../bench/numbers.ts'
import type { Facts } from './facts.ts'

/** How a provider got what had waited for it. */
export interface Drain {
  readonly provider: string
  /** Messages a second before the fault: in the middle, and the most. */
  readonly usualPerSecond: number
  readonly mostPerSecondBefore: number
  /** The most within a second after it. */
  readonly mostPerSecondAfter: number
  /** From the end of the fault until what had been asked for before it had arrived. */
  readonly lastAfterMs: number
}

/** What a provider took around a fault that lasted from one instant to another, in milliseconds since 1970. */
export function drainOf({ asked, keys, ledger }: Facts, provider: string, from: number, to: number): Drain {
  const dueAt = new Map(
    asked.flatMap(({ key, dueAt: at }) => (keys.has(key) ? [[`${keys.get(key)}`, at] as const] : [])),
  )
  const rows = ledger
    .filter((row) => row.provider === provider)
    .map(({ at, notificationId }) => ({ at: Date.parse(at), due: dueAt.get(notificationId ?? '') ?? 0 }))
  const before = perSecond(rows.filter(({ at }) => at < from).map(({ at }) => at))
  const after = perSecond(rows.filter(({ at }) => at >= to).map(({ at }) => at))
  const waited = rows.filter(({ at, due }) => at >= to && due < to)
  return {
    provider,
    usualPerSecond: median(before),
    mostPerSecondBefore: Math.max(0, ...before),
    mostPerSecondAfter: Math.max(0, ...after),
    lastAfterMs: Math.max(0, ...waited.map(({ at }) => at - to)),
  }
}

function perSecond(instants: readonly number[]): readonly number[] {
  return [...Map.groupBy(instants, (at) => Math.floor(at / 1000)).values()].map(({ length }) => length)
}
