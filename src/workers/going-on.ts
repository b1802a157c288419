import type { SliceReason, SliceTarget } from '../domain/notification.ts'
import type { ProviderChannel, Tier } from '../domain/words.ts'
import type { Answer } from './calls.ts'
import type { Answered, Stepped } from './step-after.ts'

/** What is left of a delivery, in a child slice. */
export interface GoingOn {
  readonly target: SliceTarget
  readonly channel: ProviderChannel
  readonly attempt: number
  readonly reason: SliceReason
  readonly dueAt: Date
}

/** A delivery goes on as one, when the first of its calls may be made again; the others wait in it for their time. */
export function goingOn(
  answered: Answered,
  target: SliceTarget,
  waiting: readonly Stepped[],
  all: readonly Stepped[],
): GoingOn {
  const { slice, notification, now } = answered
  const wasCalled = all.some(({ answer }) => answer.kind === 'answered')
  const soonest = Math.min(...waiting.map(({ forMs }) => forMs ?? 0))
  const later = waiting.filter(({ call, forMs = 0 }) => call.device !== undefined && forMs > soonest)
  const evidence = waiting.find(({ step }) => step.do === 'awaitEvidence')
  const refusing = waiting.find(({ step }) => step.do === 'failOver')?.provider
  const devices = waiting.flatMap(({ call }) => call.device?.deviceId ?? [])
  const sent = target.sent === true || all.some(({ step }) => step.do === 'done')
  const unknown = target.unknown === true || all.some(({ isUnknown }) => isUnknown)
  const asked = evidence?.answer.kind === 'answered' ? askedOf(evidence.answer) : undefined
  const reason = evidence ? 'evidence' : refusing ? 'fail_over' : wasCalled ? 'retry' : 'provider'
  return {
    target: {
      ...target,
      until: undefined,
      asked: asked ?? (wasCalled ? undefined : target.asked),
      notBefore: later.length > 0 ? instants(now, later) : undefined,
      ...(refusing && { refused: [...(target.refused ?? []), refusing] }),
      ...(devices.length > 0 && { devices }),
      ...(sent && { sent }),
      ...(unknown && { unknown }),
    },
    channel: slice.channel,
    attempt: wasCalled ? slice.attempt + 1 : slice.attempt,
    reason,
    // What waits in vain until its deadline is found expired then, not later.
    dueAt: reason === 'fail_over' ? now : earlier(after(answered, soonest), notification.expiresAt),
  }
}

function askedOf({ provider, at }: Extract<Answer, { readonly kind: 'answered' }>) {
  return { provider, at: at.toISOString() }
}

function instants(now: Date, later: readonly Stepped[]): Record<string, string> {
  return Object.fromEntries(
    later.flatMap(({ call, forMs = 0 }) =>
      call.device === undefined ? [] : [[call.device.deviceId, new Date(now.getTime() + forMs).toISOString()]],
    ),
  )
}

/** Waits are rounded up to such steps, so that what waits about as long shares a slice. */
const stepMs: Record<Tier, number> = { TRANSACTIONAL: 250, SOCIAL: 1000, MARKETING: 5000 }

export function after({ notification, now }: Answered, waitMs: number): Date {
  const step = stepMs[notification.tier]
  return new Date(now.getTime() + Math.ceil(waitMs / step) * step)
}

export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
