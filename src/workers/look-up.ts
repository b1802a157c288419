import type { Tier } from '../domain/words.ts'
import type { Calling, Plan } from './plan.ts'

/** So long the records of a provider that cannot be read are waited for, unless it is TRANSACTIONAL. */
const patienceMs = 10 * 60_000

/**
 * Asks the providers that may have a delivery already, where they can be asked. What they have is not sent again; what
 * cannot be told is asked again later, except for a one-time code: a missing one is worse than a second one.
 */
export function lookUpAll(
  plans: readonly Plan[],
  tier: Tier,
  now: Date,
  signal: AbortSignal,
): Promise<readonly Plan[]> {
  return Promise.all(plans.map((plan) => ('calls' in plan ? lookUp(plan, tier, now, signal) : plan)))
}

async function lookUp(plan: Calling, tier: Tier, now: Date, signal: AbortSignal): Promise<Plan> {
  const { target, calls, lookUp } = plan
  const { asked } = target
  if (asked === undefined || lookUp === undefined) return plan
  switch (await lookUp(signal)) {
    case 'accepted':
      return { target, found: asked.provider }
    case 'absent':
      return { target, calls }
    case 'unavailable':
      return tier !== 'TRANSACTIONAL' && now.getTime() - Date.parse(asked.at) < patienceMs
        ? { target, stillUnknown: asked.provider }
        : { target, calls }
  }
}
