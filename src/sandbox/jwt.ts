import { type KeyObject, verify } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from './json.ts'

export interface Jwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Takes a compact JWS apart; undefined when it is not one. Says nothing about its signature. */
export function readJwt(token: string): Jwt | undefined {
  const [head, body, signature, ...more] = token.split('.')
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) return undefined
  const header = parseJson(Buffer.from(head, 'base64url').toString())
  const claims = parseJson(Buffer.from(body, 'base64url').toString())
  if (!isObject(header) || !isObject(claims)) return undefined
  return { header, claims, signed: Buffer.from(`${head}.${body}`), signature: Buffer.from(signature, 'base64url') }
}

export function isSignedBy(jwt: Jwt, alg: 'ES256' | 'RS256', key: KeyObject): boolean {
  if (jwt.header['alg'] !== alg) return false
  // JOSE writes an ECDSA signature as r‖s (RFC 7518 section 3.4); node's default is DER. RSA ignores the option.
  return verify('sha256', jwt.signed, { key, dsaEncoding: 'ieee-p1363' }, jwt.signature)
}
