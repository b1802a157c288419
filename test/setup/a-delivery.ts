import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import type { DeliveryKey } from '../../src/domain/ids.ts'
import type { Channel, ProviderName } from '../../src/domain/words.ts'
import type { Database } from '../../src/store/database.ts'
import type { LoggedDelivery } from '../../src/store/delivery-log.ts'
import { acceptNotification } from '../../src/store/notifications.ts'
import type { DeliveryReport } from '../../src/store/reports.ts'
import { aNewNotification } from './a-notification.ts'

/** The key of a delivery of a notification of its own, of which nothing has been written down yet. */
export async function aDeliveryKey(
  pool: Pool,
  channel: Channel = 'EMAIL',
  recipientId = aUserId(),
): Promise<DeliveryKey> {
  const request = aNewNotification({ audience: { userIds: [recipientId] } })
  const { notification } = await acceptNotification(pool, request, undefined)
  return { notificationId: notification.id, channel, recipientId }
}

export function aUserId(): string {
  return `user-${randomBytes(6).toString('hex')}`
}

/** Writes down what dispatch makes of a delivery. */
export async function logged(
  { log }: Pick<Database, 'log'>,
  key: DeliveryKey,
  change: Partial<LoggedDelivery> = {},
): Promise<DeliveryKey> {
  const delivery = { ...key, state: 'SENT', reason: null, provider: 'sendgrid', updatedAt: new Date() } as const
  await log.logDeliveries([{ ...delivery, ...change }], [])
  return key
}

export function aReport(
  key: DeliveryKey,
  state: DeliveryReport['state'],
  {
    reason = null,
    provider = 'sendgrid',
    at = new Date(),
  }: Partial<Omit<DeliveryReport, 'provider'>> & {
    readonly provider?: ProviderName
  } = {},
): DeliveryReport {
  return { ...key, state, reason, provider, at }
}
