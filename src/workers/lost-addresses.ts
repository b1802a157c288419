import type { Slice } from '../domain/notification.ts'
import type { Database } from '../store/database.ts'
import { deactivateToken } from '../store/devices.ts'
import type { SuppressedAddress } from '../store/suppressions.ts'
import type { Answer } from './calls.ts'
import { callsOf, type Plan } from './plan.ts'

/** Tokens that providers call dead are not used again, by any process. */
export async function forgetDeadTokens(
  database: Database,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  const calls = callsOf(plans)
  await Promise.all(
    calls.flatMap(({ key, device }) => {
      const answer = answers.get(key)
      if (device === undefined || answer?.kind !== 'answered' || answer.outcome.kind !== 'stale_target') return []
      const { app, token } = device
      return [deactivateToken(database.pool, { app, token, deadSince: answer.outcome.deadSince ?? answer.at })]
    }),
  )
}

/** The addresses whose owners have opted out at the provider: no other provider may be asked. */
export function unwilling(
  { channel }: Slice,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): readonly SuppressedAddress[] {
  const calls = callsOf(plans)
  return calls.flatMap(({ key, address }) => {
    const answer = answers.get(key)
    if (channel === 'PUSH' || address === undefined) return []
    if (answer?.kind !== 'answered' || answer.outcome.kind !== 'suppressed') return []
    return [{ channel, address, reason: 'stopped', at: answer.at }]
  })
}
