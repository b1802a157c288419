import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import type { Database } from './database.ts'
import type { StoredDelivery } from './log-engine.ts'

/**
 * The ids of those deliveries that a provider is known to have accepted: it has told us so, then or later, or its answer
 * is in the log. Of a push only the former counts: each of its devices is asked for by itself.
 */
export async function readEvidence(
  { log }: Pick<Database, 'log'>,
  keys: readonly DeliveryKey[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(keys.map(deliveryId))
  const byNotification = Map.groupBy(keys, ({ notificationId }) => notificationId)
  const known = await Promise.all(
    [...byNotification].map(([notificationId, each]) =>
      log.readDeliveries(notificationId, [...new Set(each.map(({ recipientId }) => recipientId))]),
    ),
  )
  return new Set(
    known
      .flat()
      .filter(isAccepted)
      .map(deliveryId)
      .filter((id) => asked.has(id)),
  )
}

function isAccepted({ reported, channel, state }: StoredDelivery): boolean {
  return reported || (channel !== 'PUSH' && (state === 'SENT' || state === 'DELIVERED'))
}
