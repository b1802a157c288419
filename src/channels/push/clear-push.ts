import apn from 'apn'
import type { PushTarget } from '../../domain/content.ts'
import type { ApnsRequest } from './apns-notification.ts'

/** What was shown on a device and has been read elsewhere: by the collapse ids under which it was sent. */
export interface ClearPush {
  readonly target: PushTarget
  readonly collapseIds: readonly string[]
}

/** Longer than that and it is not worth waking anybody. */
const keepS = 86_400

/**
 * APNs takes nothing away from a screen. A background notification wakes the app, which does:
 * `removeDeliveredNotifications(withIdentifiers:)` with what is in `carillon.clear`, for the identifier of a notification is its
 * collapse id (Apple, "Pushing background updates to your app": priority 5, nothing but `content-available` in `aps`; the
 * system may drop them, "don't try to send more than two or three per hour", and wakes no app that its user has closed).
 */
export function apnsClearRequest({ collapseIds }: ClearPush, topic: string, now: Date): ApnsRequest {
  const note = new apn.Notification()
  note.rawPayload = { aps: { 'content-available': 1 }, carillon: { clear: collapseIds } }
  note.topic = topic
  note.pushType = 'background'
  note.priority = 5
  note.expiry = Math.floor(now.getTime() / 1000) + keepS
  const headers = Object.entries(note.headers()).map(([name, value]) => [name, String(value)])
  return { headers: Object.fromEntries(headers), body: note.compile() }
}

/**
 * A data message, which Android hands to the app: `NotificationManager.cancel(tag, 0)` for each of `carillonClear`, a JSON list
 * of the tags. Normal priority, because nothing is shown.
 */
export function fcmClearBody({ target, collapseIds }: ClearPush): object {
  return {
    message: {
      token: target.token,
      data: { carillonClear: JSON.stringify(collapseIds) },
      android: { priority: 'normal', ttl: `${keepS}s` },
    },
  }
}
