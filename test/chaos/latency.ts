import { quantile, rounded } from '../../bench/numbers.ts'
import type { Facts } from './facts.ts'

/** A part of the load, by when its notifications were to be sent: milliseconds since 1970, the end left out. */
export interface Window {
  readonly name: string
  readonly from: number
  readonly to: number
}

export interface Latency {
  readonly window: string
  readonly provider: string
  readonly messages: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

/** From the instant a notification was to be sent to the one at which a provider first took a delivery of it. */
export function latencies({ asked, keys, ledger }: Facts, windows: readonly Window[]): readonly Latency[] {
  const dueAt = new Map(
    asked.flatMap(({ key, dueAt: at }) => (keys.has(key) ? [[`${keys.get(key)}`, at] as const] : [])),
  )
  const first = new Map<string, { provider: string; due: number; ms: number }>()
  for (const { at, provider, deliveryId, to, notificationId } of ledger) {
    const due = dueAt.get(notificationId ?? '')
    const name = `${deliveryId} ${to}`
    if (due === undefined || first.has(name)) continue
    first.set(name, { provider, due, ms: Date.parse(at) - due })
  }
  return windows.flatMap(({ name, from, to }) => {
    const within = [...first.values()].filter(({ due }) => due >= from && due < to)
    const byProvider = Map.groupBy(within, ({ provider }) => provider)
    return [...byProvider].sort().map(([provider, of]) => {
      const times = of.map(({ ms }) => ms)
      return {
        window: name,
        provider,
        messages: of.length,
        p50Ms: rounded(quantile(times, 0.5)),
        p99Ms: rounded(quantile(times, 0.99)),
        mostMs: rounded(Math.max(...times)),
      }
    })
  })
}
