import type { KeyObject } from 'node:crypto'
import { isSignedBy, readJwt } from './jwt.ts'

export type TokenReason = 'MissingProviderToken' | 'InvalidProviderToken' | 'ExpiredProviderToken'

const maxAgeS = 60 * 60
const clockSkewS = 5 * 60

/** Checks provider tokens as Apple describes: ES256, our key and team, not older than an hour. */
export function providerTokenCheck(key: KeyObject, keyId: string, teamId: string) {
  // A client sends one token with every request of an hour; a signature is checked once.
  const verified = new Map<string, number>()

  function issuedAt(token: string): number | undefined {
    const jwt = readJwt(token)
    const iat = jwt?.claims['iat']
    if (!jwt || typeof iat !== 'number') return undefined
    if (jwt.header['kid'] !== keyId || jwt.claims['iss'] !== teamId || !isSignedBy(jwt, 'ES256', key)) return undefined
    if (verified.size >= 100) verified.clear()
    verified.set(token, iat)
    return iat
  }

  return (authorization: string | undefined, now: Date): TokenReason | undefined => {
    const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return 'MissingProviderToken'
    const iat = verified.get(token) ?? issuedAt(token)
    const nowS = now.getTime() / 1000
    if (iat === undefined || iat > nowS + clockSkewS) return 'InvalidProviderToken'
    return nowS - iat > maxAgeS ? 'ExpiredProviderToken' : undefined
  }
}
