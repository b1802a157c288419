import type { TargetClaim } from '../domain/claim.ts'
import { nextStep, type Step } from '../domain/next-step.ts'
import type { Notification, Slice } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import type { ProviderName, Tier } from '../domain/words.ts'
import type { Answer } from './calls.ts'
import type { Call, Plan } from './plan.ts'

/** A slice whose calls have been made, or held back. */
export interface Answered {
  readonly slice: Slice
  /** Of the slice. */
  readonly createdAt: Date
  readonly notification: Notification
  readonly plans: readonly Plan[]
  readonly answers: ReadonlyMap<string, Answer>
  /** What workers before this one have left, by the key of a call. */
  readonly earlier: ReadonlyMap<string, TargetClaim>
  readonly policy: Policy
  /** Whether a provider takes calls. */
  readonly isUsable: (provider: ProviderName) => boolean
  /** Whether the inbox may take what no provider of the channel takes. */
  readonly fallsBack: (recipientId: string) => boolean
  readonly now: Date
  /** From [0, 1), for jitter. */
  readonly random: () => number
}

type NotCalled = Extract<Answer, { readonly kind: 'not_called' }>

/** A call with what follows from its answer. */
export interface Stepped {
  readonly call: Call
  readonly answer: Answer
  readonly step: Step
  readonly provider: ProviderName
  readonly isUnknown: boolean
  /** Until it goes on; undefined: it does not. */
  readonly forMs: number | undefined
}

export function stepAfter(
  { slice, notification, answers, policy, isUsable, now, random }: Answered,
  call: Call,
): Stepped {
  const answer = answers.get(call.key)
  if (answer === undefined) throw new Error('a call without an answer')
  if (answer.kind === 'not_called') {
    const step = stepPastGate(answer, notification.tier, call.others.some(isUsable))
    return { call, answer, step, provider: call.provider, isUnknown: false, forMs: waitMs(step) }
  }
  const step = nextStep({
    outcome: answer.outcome,
    attempt: slice.attempt,
    tier: notification.tier,
    channel: slice.channel,
    leftMs: notification.expiresAt.getTime() - now.getTime(),
    evidenceMs: policy.evidenceMs,
    random: random(),
    hasOther: call.others.some(isUsable),
  })
  const isUnknown = answer.outcome.kind === 'unknown'
  return { call, answer, step, provider: answer.provider, isUnknown, forMs: waitMs(step) }
}

/** What has to wait for its turn is called elsewhere if it is wanted now; the rest must not take the next one's budget. */
function stepPastGate({ forMs, because }: NotCalled, tier: Tier, hasOther: boolean): Step {
  const wantsOther = tier === 'TRANSACTIONAL' && (because === 'paced' || because === 'busy')
  return wantsOther && hasOther ? { do: 'failOver' } : { do: 'retry', inMs: forMs }
}

function waitMs(step: Step): number | undefined {
  switch (step.do) {
    case 'retry':
      return step.inMs
    case 'awaitEvidence':
      return step.forMs
    case 'failOver':
      return 0
    default:
      return undefined
  }
}
