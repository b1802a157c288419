import { createHash } from 'node:crypto'
import type { PushMessage } from '../provider.ts'

/** The category for which an app registers the actions it finds in `carillon.actions`. */
const actionsCategory = 'carillon.actions'

/** Apple, "Generating a remote notification". What is not Apple's is under `carillon`. */
export function apnsPayload({ deliveryId, tier, content }: PushMessage): object {
  const { title, body, imageUrl, deepLink, actions } = content
  const hasActions = actions.length > 0
  return {
    aps: {
      alert: { title, body },
      ...(tier === 'MARKETING' ? {} : { sound: 'default' }),
      ...(hasActions ? { category: actionsCategory } : {}),
      // Lets the app's service extension fetch the image and register the actions before the alert is shown.
      ...(imageUrl !== undefined || hasActions ? { 'mutable-content': 1 } : {}),
    },
    carillon: { deliveryId, imageUrl, deepLink, ...(hasActions ? { actions } : {}) },
  }
}

/** A UUID (RFC 9562, version 8) that is the same for every attempt at a delivery to a device. */
export function apnsId({ deliveryId, target }: PushMessage): string {
  const bytes = createHash('sha256').update(`${deliveryId}~${target.deviceId}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
