import { createPrivateKey, type KeyObject, sign } from 'node:crypto'

export interface ApnsKey {
  /** PEM of the .p8 file. */
  readonly key: string
  readonly keyId: string
  readonly teamId: string
}

export interface ApnsToken {
  readonly text: string
  readonly mintedAt: Date
}

export interface ApnsTokens {
  current(now: Date): ApnsToken
  /** APNs says that it has expired: the next request gets another. */
  drop(token: ApnsToken): void
}

/** APNs refuses a token after 60 minutes, and a new one more often than every 20 (Apple, "Establishing a token-based connection to APNs"). */
export const leastAgeMs = 20 * 60_000
const greatestAgeMs = 50 * 60_000

const shared = new Map<string, ApnsTokens>()

/** One token for all connections of this process: APNs counts new ones by where they come from, not by connection. */
export function apnsTokens({ key, keyId, teamId }: ApnsKey): ApnsTokens {
  const name = JSON.stringify([teamId, keyId, key])
  const tokens = shared.get(name) ?? openTokens(createPrivateKey(key), keyId, teamId)
  shared.set(name, tokens)
  return tokens
}

function openTokens(key: KeyObject, keyId: string, teamId: string): ApnsTokens {
  let token: ApnsToken | undefined
  return {
    current(now) {
      if (token === undefined || ageMs(token, now) > greatestAgeMs)
        token = { text: mint(key, keyId, teamId, now), mintedAt: now }
      return token
    },
    drop(expired) {
      if (token === expired) token = undefined
    },
  }
}

export function ageMs({ mintedAt }: ApnsToken, now: Date): number {
  return now.getTime() - mintedAt.getTime()
}

/** A JWT (RFC 7519), signed with ES256. */
function mint(key: KeyObject, kid: string, iss: string, now: Date): string {
  const signed = [
    { alg: 'ES256', kid },
    { iss, iat: Math.floor(now.getTime() / 1000) },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
