import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import { type Claims, nothingEarlier, type TargetClaim } from '../domain/claim.ts'
import { postgresClaims } from './postgres-claims.ts'
import { redisClaims } from './redis-claims.ts'

/** PostgreSQL and Redis tell the time by clocks of their own. */
const skewMs = 1000

/**
 * Claims in Redis; in PostgreSQL where there is none, and while it is away: never unguarded, never stopped.
 *
 * What was claimed in one may be looked for while only the other answers, so whoever gets a slice that has been handed out
 * before reads both, and is told when claims may be missing: Redis is away, or has lost something since the slice was made.
 */
export function openClaims(pool: Pool, redis: Redis | undefined): Claims {
  const inPostgres = postgresClaims(pool)
  const inRedis = redis && redisClaims(redis)

  /** Asks Redis while it answers, else PostgreSQL. */
  async function first<T>(
    ask: (claims: Pick<NonNullable<typeof inRedis>, 'claim' | 'renew' | 'mark'>) => Promise<T>,
  ): Promise<T> {
    if (inRedis === undefined || redis?.status !== 'ready') return ask(inPostgres)
    return ask(inRedis).catch(() => ask(inPostgres))
  }

  return {
    async earlier({ id, createdAt, isRepeat }, worker) {
      if (!isRepeat) return nothingEarlier
      const [kept, quick] = await Promise.all([
        inPostgres.found(id, worker),
        redis?.status === 'ready' ? inRedis?.found(id).catch(() => undefined) : undefined,
      ])
      if (kept.isBusy) return { kind: 'busy' }
      const isComplete =
        inRedis === undefined || (quick !== undefined && createdAt.getTime() > quick.completeSince.getTime() + skewMs)
      return { kind: 'found', of: together(kept.of, quick?.of ?? new Map()), isComplete }
    },
    claim: ({ id }, worker, leaseMs, wanted) => first((claims) => claims.claim(id, worker, leaseMs, wanted)),
    renew: (sliceId, worker, leaseMs) => first((claims) => claims.renew(sliceId, worker, leaseMs)),
    mark: (sliceId, worker, key, mark) => first((claims) => claims.mark(sliceId, worker, key, mark)),
  }
}

/** What either of them knows: a mark, wherever it is, over a claim without one. */
function together(
  one: ReadonlyMap<string, TargetClaim>,
  other: ReadonlyMap<string, TargetClaim>,
): ReadonlyMap<string, TargetClaim> {
  const marked = [...one, ...other].filter(([, claim]) => claim.kind === 'marked')
  return new Map([...one, ...other, ...marked])
}
