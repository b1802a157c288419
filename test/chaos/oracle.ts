import { checkAttempts } from './attempts.ts'
import { deviceViolations } from './devices.ts'
import { type ChannelFigures, duplicatesOf, type Repeated } from './duplicates.ts'
import { type Facts, hasEnded, ofEnded } from './facts.ts'
import { fatesOf } from './fates.ts'
import { inboxViolations } from './inboxes.ts'
import { keyViolations } from './keys.ts'
import { stateViolations } from './states.ts'

/** A promise that was broken, by the words it is made with. */
export interface Violation {
  readonly rule: 'lost' | 'missed device' | 'wrong state' | 'open' | 'inbox' | 'attempt log' | 'idempotency' | 'refused'
  readonly what: string
}

/** What the facts come to. */
export interface Judgement {
  readonly asked: number
  readonly accepted: number
  /** Without an answer for the caller, and of them those that were committed all the same: they count as accepted. */
  readonly inDoubt: number
  readonly inDoubtAndCommitted: number
  /** Deliveries that what was accepted asks for: notification × recipient × channel. */
  readonly deliveries: number
  /** A provider took it, or it is in the inbox. */
  readonly reached: number
  /** Ended otherwise: how many for each state and reason, "SUPPRESSED no_device". */
  readonly ended: Readonly<Record<string, number>>
  /** A provider may have taken it, and nobody ever told. */
  readonly unknown: number
  /** Of notifications that have not ended. */
  readonly open: number
  readonly channels: readonly ChannelFigures[]
  readonly repeated: readonly Repeated[]
  /** Taken by a provider, and not in the log as an attempt of its own. */
  readonly unlogged: number
  readonly violations: readonly Violation[]
}

/** Holds what was promised against what happened. Pure: everything it knows is in the facts. */
export function judge(facts: Facts): Judgement {
  const fates = fatesOf(facts)
  const { channels, repeated } = duplicatesOf(facts.ledger)
  const ended = ofEnded(facts)
  const log = checkAttempts(ended)
  const inDoubt = facts.asked.filter(({ became }) => became === 'in doubt')
  return {
    asked: facts.asked.length,
    accepted: facts.asked.filter(({ became }) => became === 'accepted').length,
    inDoubt: inDoubt.length,
    inDoubtAndCommitted: inDoubt.filter(({ key }) => facts.keys.has(key)).length,
    deliveries: fates.deliveries,
    reached: fates.reached,
    ended: fates.ended,
    unknown: fates.unknown,
    open: fates.open,
    channels,
    repeated,
    unlogged: log.unlogged,
    violations: [
      ...fates.violations,
      ...deviceViolations(ended),
      ...stateViolations(ended),
      ...openViolations(facts),
      ...inboxViolations(facts),
      ...log.violations,
      ...keyViolations(facts),
    ],
  }
}

function openViolations({ notifications, openSlices }: Facts): Violation[] {
  const unfinished = notifications.filter((each) => !hasEnded(each))
  return [
    ...unfinished.map(({ id, state }): Violation => ({ rule: 'open', what: `${id} is still ${state}` })),
    ...openSlices.map(({ id, channel }): Violation => ({ rule: 'open', what: `${id} (${channel}) is still open` })),
  ]
}
