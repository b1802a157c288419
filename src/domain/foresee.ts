import { type Decidable, type Decision, decide, decideAgain, type Recipient } from './decide.ts'
import type { Frequency } from './frequency-cap.ts'
import type { Policy } from './policy.ts'

/** What would be decided at `at` and, of what is held back then, on its release, if nothing changes until then. */
export function foresee(
  notification: Decidable,
  recipient: Recipient,
  at: Date,
  policy: Policy,
  frequency: Frequency,
): readonly Decision[] {
  const { decisions } = decide(notification, recipient, at, policy, frequency)
  const later = decisions.flatMap(({ channel, until }) => {
    if (until === null) return []
    const release = new Date(Math.min(until.getTime(), notification.expiresAt.getTime()))
    return [decideAgain(notification, recipient, channel, release, policy, frequency)]
  })
  return [...decisions, ...later.toSorted((left, right) => left.at.getTime() - right.at.getTime())]
}
