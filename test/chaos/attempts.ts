import { deliveryId } from '../../src/domain/ids.ts'
import { channelOf, type Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

export interface AttemptCheck {
  /** Requests that a provider took beyond the attempts that could be them: a repeat overwrites the attempt it repeats. */
  readonly unlogged: number
  readonly violations: readonly Violation[]
}

/**
 * The log of attempts says what the providers say: whatever one of them took was tried, and came back as accepted or
 * unknown; whatever came back as accepted, one of them took. Where a claim was lost with its store, the log says that a
 * call may have been made, and cannot say to whom.
 */
export function checkAttempts({ attempts, ledger }: Facts): AttemptCheck {
  const taken = countBy(ledger, ({ deliveryId: id, provider }) => `${id} at ${provider}`)
  const tried = countBy(
    attempts.filter(({ outcome }) => outcome === 'accepted' || outcome === 'unknown'),
    nameOf,
  )
  const accepted = countBy(
    attempts.filter(({ outcome }) => outcome === 'accepted'),
    nameOf,
  )
  const lost = new Set(
    attempts.filter(({ code }) => code === 'claim_lost').map((attempt) => nameOf(attempt).replace(/ at .*/, '')),
  )
  const more = exceeding(taken, tried)
  return {
    unlogged: more.reduce((sum, [, times, logged]) => sum + times - logged, 0),
    violations: [
      ...more
        .filter(([name, , logged]) => logged === 0 && !lost.has(name.replace(/ at .*/, '')))
        .map(([name]) => broken(`${name} was taken, and the log has no attempt that could be it`)),
      ...exceeding(accepted, taken).map(([name, times, rows]) =>
        broken(`${name} was accepted ${times}× by the log, and ${rows}× by the provider`),
      ),
    ],
  }
}

function nameOf({ notificationId, recipientId, channel, provider }: Facts['attempts'][number]): string {
  return `${deliveryId({ notificationId, recipientId, channel: channelOf(channel) })} at ${provider}`
}

/** Those of which there are more on the left than on the right, with both numbers. */
function exceeding(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>) {
  return [...left].flatMap(([name, times]) => {
    const others = right.get(name) ?? 0
    return times > others ? [[name, times, others] as const] : []
  })
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(items, nameOf)].map(([name, of]) => [name, of.length]))
}

function broken(what: string): Violation {
  return { rule: 'attempt log', what }
}
