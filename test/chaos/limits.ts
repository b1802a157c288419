import type { BreakerChange } from './breakers.ts'
import type { Latency } from './latency.ts'
import type { Judgement } from './oracle.ts'
import type { Limits } from './scenario.ts'

/** What a run came to. */
export interface Result {
  readonly judgement: Judgement
  /** undefined: something was still open when patience was over. */
  readonly quietAfterMs: number | undefined
  /** What the API says that is not so. */
  readonly apiDifferences: readonly string[]
  /** Processes that ended by themselves, and how. */
  readonly crashes: readonly string[]
  readonly latencies: readonly Latency[]
  /** undefined: the service tells nothing of breakers. */
  readonly breakers: readonly BreakerChange[] | undefined
}

/** A single message is more than a thousandth of a short run: so many are let pass where any are. */
const fewDuplicates = 2

/** The limits that a run has broken, each as a sentence; none: it has passed. Pure. */
export function brokenLimits(
  result: Result,
  limits: Limits,
  fault?: { from: number; provider: string },
): readonly string[] {
  const { judgement, quietAfterMs, apiDifferences, crashes } = result
  const rules = Map.groupBy(judgement.violations, ({ rule }) => rule)
  return [
    ...(judgement.accepted === 0 ? ['nothing was accepted: it proves nothing'] : []),
    ...[...rules].map(([rule, of]) => `${rule}: ${of.length}, for example: ${of[0]?.what}`),
    ...judgement.channels.flatMap((channel) => duplicateLimit(channel, limits)),
    ...(quietAfterMs === undefined ? ['not everything came to its end in time'] : []),
    ...apiDifferences.slice(0, 5),
    ...crashes.map((crash) => `a process ended by itself: ${crash}`),
    ...latencyLimits(result.latencies, limits, fault?.provider),
    ...breakerLimits(result.breakers, limits, fault),
  ]
}

function duplicateLimit(
  { channel, deliveries, afterCollapse }: Judgement['channels'][number],
  { duplicateShare }: Limits,
): string[] {
  const allowed = duplicateShare === 0 ? 0 : Math.max(fewDuplicates, deliveries * duplicateShare)
  if (afterCollapse <= allowed) return []
  const share = ((afterCollapse / deliveries) * 100).toFixed(2)
  return [`${channel}: ${afterCollapse} of ${deliveries} twice (${share} %, at most ${duplicateShare * 100} %)`]
}

/** A p99 of fewer messages is one of them. */
const enough = 100

/** The windows are called "before" and "during". */
function latencyLimits(latencies: readonly Latency[], { p99Factor }: Limits, ill: string | undefined): string[] {
  if (p99Factor === undefined) return []
  const before = latencies.filter(
    ({ window, provider, messages }) => window === 'before' && provider !== ill && messages >= enough,
  )
  return before.flatMap(({ provider, p99Ms }) => {
    const during = latencies.find((each) => each.window === 'during' && each.provider === provider)
    if (during === undefined || during.p99Ms <= p99Ms * p99Factor) return []
    return [`${provider}: p99 ${during.p99Ms} ms in the fault, ${p99Ms} ms before it (at most ${p99Factor}×)`]
  })
}

function breakerLimits(
  breakers: readonly BreakerChange[] | undefined,
  { breakerOpensWithinMs }: Limits,
  fault: { from: number; provider: string } | undefined,
): string[] {
  if (breakerOpensWithinMs === undefined || breakers === undefined || fault === undefined) return []
  const opened = breakers.find(
    ({ at, provider, state }) => provider === fault.provider && state !== 'CLOSED' && at >= fault.from,
  )
  if (opened === undefined) return [`the breaker of ${fault.provider} never opened`]
  const afterMs = opened.at - fault.from
  if (afterMs <= breakerOpensWithinMs) return []
  return [`the breaker of ${fault.provider} opened after ${afterMs} ms (at most ${breakerOpensWithinMs})`]
}
