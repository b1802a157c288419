import type { Channel } from './words.ts'

/** What one delivery costs. */
export interface PriceTable {
  readonly currency: string
  readonly perDelivery: Readonly<Partial<Record<Channel, number>>>
}

export interface Money {
  readonly amount: number
  readonly currency: string
}

export interface ChannelCount {
  readonly channel: Channel
  readonly count: number
}

/** To a ten-thousandth: less than that is an artefact of binary fractions. */
export function costOf(counts: readonly ChannelCount[], { currency, perDelivery }: PriceTable): Money {
  const sum = counts.reduce((total, { channel, count }) => total + count * (perDelivery[channel] ?? 0), 0)
  return { amount: Math.round(sum * 10_000) / 10_000, currency }
}
