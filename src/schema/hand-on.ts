import type { Notification } from '../domain/notification.ts'
import { log } from '../log.ts'
import { fanOutMessage } from '../streams/messages.ts'
import type { App } from './context.ts'

/** Hands it on at once. When that fails it falls due in a few seconds: it has been accepted all the same. */
export function handOn({ id, tier }: Pick<Notification, 'id' | 'tier'>, { streams }: App): void {
  streams.publish(fanOutMessage, { notificationId: id, tier, page: 0, generation: 0 }).catch((error: unknown) => {
    log.warn({ notificationId: id, err: error }, 'not published; the relay will')
  })
}
