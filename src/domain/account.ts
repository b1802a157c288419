import { type Decision, suppressedBy } from './decide.ts'
import { type Channel, channels, type DeliveryState } from './words.ts'

/** One step of what was decided for a recipient, or of what happened since. */
export interface Step {
  readonly at: Date
  readonly channel: Channel
  /** The rule that decided; `attempt`: a provider was called; `state`: what became of the delivery. */
  readonly rule: string
  readonly outcome: string
  readonly reason: string | null
  readonly until: Date | null
  readonly provider: string | null
}

export interface DeliverySoFar {
  readonly channel: Channel
  readonly state: DeliveryState
  readonly reason: string | null
  readonly deferredUntil: Date | null
  readonly provider: string | null
  readonly updatedAt: Date
  readonly attempts: readonly {
    readonly at: Date
    readonly provider: string
    readonly outcome: string
    readonly code: string | null
  }[]
}

/** What was decided for a recipient on each channel, and what happened since, in order of time. */
export function accountOf(decisions: readonly Decision[], deliveries: readonly DeliverySoFar[]): readonly Step[] {
  const since = deliveries.flatMap((delivery) => {
    const decision = decisions.find(({ channel }) => channel === delivery.channel)
    return [
      ...delivery.attempts.map((attempt) => attemptStep(delivery.channel, attempt)),
      ...stateOf(delivery, decision),
    ]
  })
  const inOrder = decisions.toSorted((left, right) => channels.indexOf(left.channel) - channels.indexOf(right.channel))
  const all = [...inOrder.map((decision) => ({ ...decision, provider: null })), ...since]
  return all.toSorted((left, right) => left.at.getTime() - right.at.getTime())
}

function attemptStep(channel: Channel, { at, provider, outcome, code }: DeliverySoFar['attempts'][number]): Step {
  return { at, channel, rule: 'attempt', outcome, reason: code, until: null, provider }
}

/** Nothing where the decision says it already. */
function stateOf(delivery: DeliverySoFar, decision: Decision | undefined): readonly Step[] {
  const { channel, state, reason, deferredUntil: until, provider, updatedAt: at } = delivery
  if (decision?.outcome === 'suppress' || decision?.outcome === 'expire') return []
  if (state === 'PENDING' && reason !== 'redriven') return []
  if (state === 'DEFERRED' && until?.getTime() === decision?.until?.getTime()) return []
  return [{ at, channel, rule: ruleOf(delivery), outcome: state.toLowerCase(), reason, until, provider }]
}

function ruleOf({ state, reason }: Pick<DeliverySoFar, 'state' | 'reason'>): string {
  // An address that bounced is a reason not to send; that this one has bounced is simply what became of it.
  if (state === 'FAILED') return 'state'
  const rules: Readonly<Record<string, string>> = {
    ...suppressedBy,
    expired: 'expiry',
    quiet_hours: 'quiet_hours',
    merged: 'quiet_hours',
  }
  return (reason !== null && rules[reason]) || 'state'
}
