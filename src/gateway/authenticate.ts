import { GraphQLError } from 'graphql'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Principal } from '../domain/principal.ts'
import { findCallerByKey, hashApiKey } from '../store/callers.ts'
import type { Database } from '../store/database.ts'
import { Lru } from '../store/lru.ts'
import { unauthenticated } from './refusal.ts'
import type { ViewerAuth } from './settings.ts'

/**
 * Who sends this `Authorization` header; nobody, where there is none. Rejects with UNAUTHENTICATED when it is wrong or
 * has ended, and with whatever went wrong when that cannot be found out.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Principal>

/** A revoked key works for this long at most. */
const keyCacheMs = 900

/** Signatures do not change; this only bounds how long a key that was withdrawn from a JWKS address still counts. */
const tokenCacheMs = 60_000

const cacheSize = 10_000

/** Of a Date. */
const lastInstant = 8.64e15

const nobody: Principal = { kind: 'nobody' }

export function authentication(database: Database, viewerAuth: ViewerAuth, now: () => number = Date.now): Authenticate {
  const verify = verification(viewerAuth)
  const known = new Lru<string, { readonly until: number; readonly principal: Promise<Principal> }>(cacheSize)

  function remembered(credentials: string, cacheMs: number, find: () => Promise<Principal>): Promise<Principal> {
    const found = known.get(credentials)
    if (found && found.until > now()) return found.principal
    const principal = find()
    known.set(credentials, { until: now() + cacheMs, principal })
    // A refusal may change with time; a fault of ours is not an answer: the next request asks again.
    principal.catch((error) => {
      known.set(credentials, { until: error instanceof GraphQLError ? now() + keyCacheMs : 0, principal })
    })
    return principal
  }

  return async (authorization) => {
    if (authorization === undefined) return nobody
    const credentials = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    if (credentials === undefined) throw unauthenticated('Authorization has to be "Bearer <API key or user token>".')
    if (credentials.startsWith('car_'))
      return remembered(credentials, keyCacheMs, () => callerOf(database, credentials))
    const principal = await remembered(credentials, tokenCacheMs, () => viewerOf(verify, credentials))
    if (hasEnded(principal, now())) throw unauthenticated('The user token has expired.')
    return principal
  }
}

async function callerOf(database: Database, apiKey: string): Promise<Principal> {
  const caller = await findCallerByKey(database, hashApiKey(apiKey))
  if (caller === undefined) throw unauthenticated('The API key is unknown, revoked or replaced.')
  return { kind: 'caller', caller }
}

type Verify = (token: string) => Promise<JWTPayload>

/** The algorithms are ours to say, never the token's: a public key must not be usable as a shared secret. */
function verification(auth: ViewerAuth): Verify {
  const options = {
    ...(auth.issuer !== undefined && { issuer: auth.issuer }),
    ...(auth.audience !== undefined && { audience: auth.audience }),
  }
  if ('secret' in auth) {
    const key = new TextEncoder().encode(auth.secret)
    return async (token) => (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload
  }
  const keys = createRemoteJWKSet(new URL(auth.jwksUrl), { timeoutDuration: 3000 })
  const asymmetric: JWTVerifyOptions = { ...options, algorithms: ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] }
  return async (token) => (await jwtVerify(token, keys, asymmetric)).payload
}

async function viewerOf(verify: Verify, token: string): Promise<Principal> {
  const { sub, exp } = await verify(token).catch((error: unknown) => {
    throw isFaultOfToken(error) ? unauthenticated(problem(error)) : error
  })
  if (sub === undefined || !/^[A-Za-z0-9_.:-]{1,128}$/.test(sub)) {
    throw unauthenticated('The user token names no user: "sub" has to be a user id.')
  }
  return {
    kind: 'viewer',
    userId: sub,
    expiresAt: exp === undefined ? undefined : new Date(Math.min(exp * 1000, lastInstant)),
  }
}

function isFaultOfToken(error: unknown): boolean {
  const isOurs = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  return error instanceof errors.JOSEError && !isOurs && error.code !== 'ERR_JOSE_GENERIC'
}

function problem(error: unknown): string {
  return error instanceof errors.JWTExpired ? 'The user token has expired.' : 'The user token is not valid.'
}

function hasEnded(principal: Principal, nowMs: number): boolean {
  return principal.kind === 'viewer' && principal.expiresAt !== undefined && principal.expiresAt.getTime() <= nowMs
}
