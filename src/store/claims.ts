import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import type { Claims } from '../domain/claim.ts'
import { postgresClaims } from './postgres-claims.ts'
import { redisClaims } from './redis-claims.ts'

/** Claims in Redis; in PostgreSQL where there is none, and while it is away: never unguarded, never stopped. */
export function openClaims(pool: Pool, redis: Redis | undefined): Claims {
  const inPostgres = postgresClaims(pool)
  if (redis === undefined) return inPostgres
  const inRedis = redisClaims(redis)
  const pick = () => (redis.status === 'ready' ? inRedis : inPostgres)
  return {
    claim: (sliceId, targets, worker, leaseMs) =>
      pick()
        .claim(sliceId, targets, worker, leaseMs)
        .catch(() => inPostgres.claim(sliceId, targets, worker, leaseMs)),
    renew: (sliceId, worker, leaseMs) =>
      pick()
        .renew(sliceId, worker, leaseMs)
        .catch(() => undefined),
    mark: (sliceId, target, outcome) =>
      pick()
        .mark(sliceId, target, outcome)
        .catch(() => inPostgres.mark(sliceId, target, outcome)),
  }
}
