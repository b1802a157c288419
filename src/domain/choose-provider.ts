import type { ProviderName } from './words.ts'

export interface Choice {
  /** The providers of the channel, in order of preference. */
  readonly order: readonly ProviderName[]
  /** Those that have refused this delivery, or have not told whether they took it. */
  readonly refused: readonly ProviderName[]
  /** Whether a provider takes calls: false while its breaker is open. */
  readonly isUsable: (provider: ProviderName) => boolean
  /** The share of deliveries that the second provider gets although the first one works: it has to stay warm. */
  readonly warmShare: number
  /** From [0, 1). */
  readonly random: number
}

/**
 * The provider to call, with those to fail over to, in order. The first that takes calls and has not refused; when all have
 * refused, they are asked again. Undefined where the channel has none; where none takes calls, the one that would be first.
 */
export function chooseProvider(
  choice: Choice,
): { readonly provider: ProviderName; readonly others: readonly ProviderName[] } | undefined {
  const { order, refused, isUsable, warmShare, random } = choice
  const willing = order.filter((each) => !refused.includes(each))
  const candidates = willing.length > 0 ? willing : order
  const usable = candidates.filter(isUsable)
  const isWarmUp = refused.length === 0 && usable.length > 1 && random < warmShare
  const provider = (isWarmUp ? usable[1] : usable[0]) ?? candidates[0]
  return provider && { provider, others: willing.filter((each) => each !== provider) }
}
