import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import { type ClaimedSlice, type ClaimResult, type Claims, nothingEarlier, type TargetClaim } from '../domain/claim.ts'
import { postgresClaims } from './postgres-claims.ts'
import { redisClaims } from './redis-claims.ts'

/** PostgreSQL and Redis tell the time by clocks of their own. */
const skewMs = 1000

/**
 * Claims in Redis; in PostgreSQL where there is none, and while it is away: never unguarded, never stopped.
 *
 * What was claimed in one may be looked for while only the other answers, so whoever gets a slice that has been handed out
 * before reads both, and is told when claims may be missing: Redis is away, or has lost something since the slice was made.
 * A Redis that is slow to answer may have heard of another worker, too: what PostgreSQL then says is new counts as new only
 * for a slice that nobody else has had.
 */
export function openClaims(pool: Pool, redis: Redis | undefined): Claims {
  const inPostgres = postgresClaims(pool)
  const inRedis = redis && redisClaims(redis)

  const isReady = () => redis?.status === 'ready'

  /** Asks Redis while it answers, else PostgreSQL. */
  async function first<T>(
    ask: (claims: Pick<NonNullable<typeof inRedis>, 'renew' | 'mark'>) => Promise<T>,
  ): Promise<T> {
    if (inRedis === undefined || !isReady()) return ask(inPostgres)
    return ask(inRedis).catch(() => ask(inPostgres))
  }

  return {
    async earlier({ id, createdAt, isRepeat }, worker) {
      if (!isRepeat) return nothingEarlier
      const [kept, quick] = await Promise.all([
        inPostgres.found(id, worker),
        isReady() ? inRedis?.found(id).catch(() => undefined) : undefined,
      ])
      if (kept.isBusy) return { kind: 'busy' }
      const isComplete =
        inRedis === undefined || (quick !== undefined && createdAt.getTime() > quick.completeSince.getTime() + skewMs)
      return { kind: 'found', of: together(kept.of, quick?.of ?? new Map()), isComplete }
    },
    async claim(slice, worker, leaseMs, wanted) {
      if (inRedis === undefined) return inPostgres.claim(slice.id, worker, leaseMs, wanted)
      const told = isReady() && (await inRedis.claim(slice.id, worker, leaseMs, wanted).catch(() => undefined))
      if (told) return told
      const claimed = await inPostgres.claim(slice.id, worker, leaseMs, wanted)
      return (await isOthers(pool, slice)) ? doubted(claimed) : claimed
    },
    renew: (sliceId, worker, leaseMs) => first((claims) => claims.renew(sliceId, worker, leaseMs)),
    mark: (sliceId, worker, key, mark) => first((claims) => claims.mark(sliceId, worker, key, mark)),
  }
}

/** Whether somebody else may have had the slice since it was read, and claimed it in a Redis that we did not hear from. */
async function isOthers(pool: Pool, { id, isRepeat, generation }: ClaimedSlice): Promise<boolean> {
  if (isRepeat) return true
  const { rows } = await pool.query<{ generation: number }>({
    name: 'claim-generation',
    text: 'SELECT generation FROM slice WHERE id = $1',
    values: [id],
  })
  return rows.some((row) => row.generation > generation)
}

/** Of what is new here it cannot be told whether it is new everywhere. */
function doubted(claimed: ClaimResult): ClaimResult {
  if (claimed.kind === 'busy') return claimed
  const unmarked: TargetClaim = { kind: 'unmarked', provider: undefined }
  return {
    kind: 'claimed',
    of: new Map([...claimed.of].map(([key, claim]) => [key, claim.kind === 'new' ? unmarked : claim])),
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
