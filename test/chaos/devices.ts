import { deliveryId } from '../../src/domain/ids.ts'
import type { Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

const reached: ReadonlySet<string> = new Set(['SENT', 'DELIVERED'])
/** After these nothing is to be expected of that device. */
const final: ReadonlySet<string> = new Set(['stale_target', 'permanent', 'config'])

/** A push is for every device: one that was reached on one of them has to be accounted for on the others. */
export function deviceViolations({ deliveries, devices, attempts, ledger }: Facts): Violation[] {
  const taken = new Set(ledger.map(({ deliveryId: id, provider }) => `${id} ${provider}`))
  const refused = new Set(
    attempts
      .filter(({ outcome }) => final.has(outcome))
      .map(({ notificationId, recipientId, target }) => `${notificationId} ${recipientId} ${target}`),
  )
  const byUser = Map.groupBy(devices, ({ userId }) => userId)
  const pushes = deliveries.filter(({ channel, state }) => channel === 'PUSH' && reached.has(state))
  return pushes.flatMap(({ notificationId, recipientId }) => {
    const id = deliveryId({ notificationId, channel: 'PUSH', recipientId })
    const missed = (byUser.get(recipientId) ?? []).filter(
      ({ deviceId, platform, isActive }) =>
        isActive &&
        !taken.has(`${id} ${platform === 'IOS' ? 'apns' : 'fcm'}`) &&
        !refused.has(`${notificationId} ${recipientId} ${deviceId}`),
    )
    return missed.map(
      ({ deviceId }): Violation => ({ rule: 'missed device', what: `${id} is sent, and not to her ${deviceId}` }),
    )
  })
}
