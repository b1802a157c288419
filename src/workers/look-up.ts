import type { Finding } from '../channels/provider.ts'
import type { Slice } from '../domain/notification.ts'
import type { Database } from '../store/database.ts'
import type { Calling, Plan } from './plan.ts'

export interface LookUp {
  readonly database: Database
  readonly slice: Slice
  readonly now: Date
  readonly signal: AbortSignal
}

/** So long the records of a provider that cannot be read are waited for, unless it is TRANSACTIONAL. */
const patienceMs = 10 * 60_000

/**
 * Asks the providers that may have a delivery already, where they can be asked. What they have is not sent again; what
 * cannot be told is asked again later, except for a one-time code: a missing one is worse than a second one.
 */
export function lookUpAll(look: LookUp, plans: readonly Plan[]): Promise<readonly Plan[]> {
  return Promise.all(plans.map((plan) => ('calls' in plan ? lookUp(look, plan) : plan)))
}

async function lookUp(look: LookUp, plan: Calling): Promise<Plan> {
  const { target, calls, lookUp } = plan
  const { asked } = target
  if (asked === undefined || lookUp === undefined) return plan
  const finding = await lookUp(look.signal)
  switch (finding.kind) {
    case 'found':
      return (await isOurs(look, target.recipientId, finding)) ? { target, found: asked.provider } : { target, calls }
    case 'absent':
      return { target, calls }
    case 'unavailable': {
      const waitedMs = look.now.getTime() - Date.parse(asked.at)
      return look.slice.tier !== 'TRANSACTIONAL' && waitedMs < patienceMs
        ? { target, stillUnknown: asked.provider }
        : { target, calls }
    }
  }
}

/** Somebody may get the same text twice within seconds, and what was found be the other one. */
async function isOurs(
  { database, slice: { notificationId, channel } }: LookUp,
  recipientId: string,
  { messageIds }: Extract<Finding, { readonly kind: 'found' }>,
): Promise<boolean> {
  const others = await database.log.messagesOfOthers({ notificationId, recipientId, channel }, messageIds)
  return messageIds.some((id) => !others.has(id))
}
