import { addCorrections, type Correction, negative } from './correction.ts'
import type { DeliveryState } from './words.ts'

/**
 * What a provider tells of a delivery after it was asked to make it.
 *
 * - accepted: it has it, and goes on trying
 * - delivered: it has arrived
 * - complained: the recipient calls it spam
 * - unsubscribed: the recipient wants no more mail
 * - bounced: there is no such address: nothing will ever arrive there
 * - failed: it has given up on this one
 */
export const reportKinds = ['accepted', 'delivered', 'complained', 'unsubscribed', 'bounced', 'failed'] as const
export type ReportKind = (typeof reportKinds)[number]

export type ReportedState = 'SENT' | 'DELIVERED' | 'FAILED'

/** Whoever complains has got it. */
const stateOfKind = {
  accepted: 'SENT',
  delivered: 'DELIVERED',
  complained: 'DELIVERED',
  unsubscribed: 'DELIVERED',
  bounced: 'FAILED',
  failed: 'FAILED',
} as const satisfies Record<ReportKind, ReportedState>

const ranks = { SENT: 1, DELIVERED: 2, FAILED: 3 } as const satisfies Record<ReportedState, number>

export interface ReportedOutcome {
  readonly state: ReportedState
  readonly reason: string | null
}

export function outcomeOfReport({ kind, code }: { readonly kind: ReportKind; readonly code: string | null }) {
  const state = stateOfKind[kind]
  const reason = state !== 'FAILED' ? null : kind === 'bounced' ? 'bounced' : (code ?? 'undelivered')
  return { state, reason } satisfies ReportedOutcome
}

/** Providers promise no order: whatever comes first, the one of the highest rank stays. */
export function outranks(state: ReportedState, other: ReportedState): boolean {
  return ranks[state] > ranks[other]
}

/** A delivery as the log has it. */
export interface Logged {
  readonly state: DeliveryState
  readonly reason: string | null
  /** By a provider; else by us. */
  readonly reported: boolean
}

/** What a report changes: undefined, nothing. */
export interface Change {
  /** Of the counts of its notification. */
  readonly correction: Correction
  /** `remove`: it was given up on, and has come through all the same. */
  readonly deadLetter: 'make' | 'remove' | 'keep'
}

/**
 * What becomes of a delivery of which a provider tells. Its slice counts it as sent when a provider accepted it; what is
 * heard later is counted here, once, by the change from one state to the next.
 */
export function changeBy(before: Logged, after: ReportedState): Change | undefined {
  if (before.reported && isReported(before.state)) {
    if (!outranks(after, before.state)) return undefined
    return { correction: addCorrections(negative(counted(before.state)), counted(after)), deadLetter: letter(after) }
  }
  if (before.state === 'SENT' && after === 'SENT') return undefined
  const deadLetter = after !== 'FAILED' && before.state === 'FAILED' ? 'remove' : letter(after)
  return { correction: addCorrections(takenBack(before), counted(after)), deadLetter }
}

/** Of a delivery that a provider has accepted: that much is counted already. */
function counted(state: ReportedState): Correction {
  switch (state) {
    case 'SENT':
      return {}
    case 'DELIVERED':
      return { delivered: 1 }
    case 'FAILED':
      return { failed: 1 }
  }
}

const stages = {
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  SUPPRESSED: 'suppressed',
  UNKNOWN: 'unknown',
} as const satisfies Partial<Record<DeliveryState, keyof Correction>>

/** We had ended it, and counted it as that, when a provider had it after all. */
function takenBack({ state, reason }: Logged): Correction {
  // What waits for evidence is in an open slice, which will count it as sent.
  if (!isEnd(state) || reason === 'awaiting_evidence') return {}
  return { [stages[state]]: -1, sent: 1 }
}

function isEnd(state: DeliveryState): state is keyof typeof stages {
  return Object.hasOwn(stages, state)
}

function isReported(state: DeliveryState): state is ReportedState {
  return Object.hasOwn(ranks, state)
}

function letter(state: ReportedState): 'make' | 'keep' {
  return state === 'FAILED' ? 'make' : 'keep'
}
