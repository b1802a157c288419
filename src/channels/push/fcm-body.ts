import type { PushContent } from '../../domain/content.ts'
import type { PushMessage } from '../provider.ts'

/** 28 days: the longest that FCM keeps a message. */
const maxTtlS = 2_419_200

/**
 * The body of messages:send. FCM takes the block of the platform that a token belongs to.
 *
 * The tag replaces a notification that is shown already; the collapse key only one that still waits for its device.
 */
export function fcmBody({ deliveryId, collapseId, tier, expiresAt, target, content }: PushMessage, now: Date): object {
  const { title, body, imageUrl } = content
  const ttlS = Math.min(Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / 1000)), maxTtlS)
  return {
    message: {
      token: target.token,
      notification: { title, body, image: imageUrl },
      data: data(deliveryId, content),
      android: {
        collapse_key: collapseId,
        priority: tier === 'MARKETING' ? 'normal' : 'high',
        ttl: `${ttlS}s`,
        notification: { tag: collapseId },
      },
      ...(target.platform === 'WEB' ? { webpush: webpush(collapseId, ttlS, content) } : {}),
    },
  }
}

/** FCM takes texts only. */
function data(deliveryId: string, { deepLink, actions }: PushContent): object {
  return { deliveryId, deepLink, ...(actions.length === 0 ? {} : { actions: JSON.stringify(actions) }) }
}

function webpush(collapseId: string, ttlS: number, { deepLink, actions }: PushContent): object {
  return {
    headers: { TTL: String(ttlS) },
    notification: { tag: collapseId, actions: actions.map(({ id, title }) => ({ action: id, title })) },
    // FCM refuses a link that is not https.
    ...(deepLink?.startsWith('https://') ? { fcm_options: { link: deepLink } } : {}),
  }
}
