import type { FieldProblem } from '../errors.ts'
import { deviceIdProblem } from './user-id.ts'
import type { Platform } from './words.ts'

export interface DeviceInput {
  readonly deviceId: string
  readonly platform: Platform
  readonly token: string
  readonly app?: string | null | undefined
}

/**
 * APNs: hexadecimal, 32 bytes today and of no promised length (UserNotifications, "Registering your app with APNs").
 * FCM: opaque; base64url with ":" in all that were seen.
 */
const tokenRule = {
  IOS: { pattern: /^(?:[0-9A-Fa-f]{2}){32,100}$/, message: 'must be an APNs device token: 64 to 200 hex digits' },
  ANDROID: { pattern: /^[A-Za-z0-9_:-]{20,4096}$/, message: 'must be an FCM registration token' },
  WEB: { pattern: /^[A-Za-z0-9_:-]{20,4096}$/, message: 'must be an FCM registration token' },
} as const satisfies Record<Platform, { pattern: RegExp; message: string }>

const appPattern = /^[A-Za-z0-9_.:-]{1,255}$/

/** Messages repeat no token. */
export function deviceProblems({ deviceId, platform, token, app }: DeviceInput): readonly FieldProblem[] {
  const wrongId = deviceIdProblem(deviceId)
  const { pattern, message } = tokenRule[platform]
  return [
    ...(wrongId ? [problem('deviceId', 'BAD_DEVICE_ID', `must ${wrongId}`)] : []),
    ...(pattern.test(token) ? [] : [problem('token', 'BAD_TOKEN', message)]),
    ...(typeof app === 'string' && !appPattern.test(app)
      ? [problem('app', 'BAD_APP', 'must be a bundle id or a sender: 1 to 255 of A-Z a-z 0-9 _ . : -')]
      : []),
  ]
}

/** Hexadecimal is the same in either case; two rows for one phone would ring twice. */
export function canonicalToken(platform: Platform, token: string): string {
  return platform === 'IOS' ? token.toLowerCase() : token
}

function problem(field: string, code: string, message: string): FieldProblem {
  return { path: ['input', field], code, message }
}
