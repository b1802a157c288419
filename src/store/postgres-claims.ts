import type { Pool } from 'pg'
import type { ClaimResult, Mark, TargetClaim, WantedClaim } from '../domain/claim.ts'
import type { ProviderName } from '../domain/words.ts'
import { markOf } from './claim-mark.ts'
import { inTransaction } from './database.ts'

/** Claims in PostgreSQL: what guards the calls where there is no Redis, or while it is away. */
export interface PostgresClaims {
  claim(sliceId: string, worker: string, leaseMs: number, wanted: readonly WantedClaim[]): Promise<ClaimResult>
  /** What is there of a slice, and whether somebody else holds its lease. */
  found(
    sliceId: string,
    worker: string,
  ): Promise<{ readonly of: ReadonlyMap<string, TargetClaim>; readonly isBusy: boolean }>
  renew(sliceId: string, worker: string, leaseMs: number): Promise<boolean>
  mark(sliceId: string, worker: string, key: string, mark: Mark): Promise<boolean>
}

/** The pseudo-target whose row is the lease of the whole slice. */
const lease = ''

interface ClaimRow {
  readonly target: string
  readonly provider: ProviderName | null
  readonly mark: unknown
}

export function postgresClaims(pool: Pool): PostgresClaims {
  return {
    claim: (sliceId, worker, leaseMs, wanted) =>
      inTransaction(pool, async (client): Promise<ClaimResult> => {
        const { rowCount } = await client.query(leaseQuery(sliceId, worker, leaseMs))
        if (rowCount === 0) return { kind: 'busy' }
        const { rows } = await client.query<ClaimRow & { readonly fresh: boolean }>({
          name: 'claim-targets',
          text: `WITH fresh AS (
              INSERT INTO claim (slice_id, target, worker, provider, expires_at)
              SELECT $1, target, $2, provider, now() + interval '24 hours'
              FROM unnest($3::text[], $4::text[]) AS wanted (target, provider)
              ON CONFLICT DO NOTHING RETURNING target)
            SELECT target, NULL AS provider, NULL::jsonb AS mark, true AS fresh FROM fresh
            UNION ALL
            SELECT target, provider, mark, false FROM claim WHERE slice_id = $1 AND target = ANY($3)`,
          values: [sliceId, worker, wanted.map(({ key }) => key), wanted.map(({ provider }) => provider)],
        })
        return {
          kind: 'claimed',
          of: new Map(rows.map((row) => [row.target, row.fresh ? { kind: 'new' } : toClaim(row)])),
        }
      }),
    async found(sliceId, worker) {
      const { rows } = await pool.query<ClaimRow & { readonly is_busy: boolean }>({
        name: 'claims-found',
        text: `SELECT target, provider, mark,
            target = '${lease}' AND worker <> $2 AND expires_at > clock_timestamp() AS is_busy
          FROM claim WHERE slice_id = $1`,
        values: [sliceId, worker],
      })
      return {
        isBusy: rows.some((row) => row.is_busy),
        of: new Map(rows.flatMap((row) => (row.target === lease ? [] : [[row.target, toClaim(row)]]))),
      }
    },
    async renew(sliceId, worker, leaseMs) {
      return (await pool.query(leaseQuery(sliceId, worker, leaseMs))).rowCount === 1
    },
    async mark(sliceId, worker, key, mark) {
      const { rowCount } = await pool.query({
        name: 'claim-mark',
        text: `INSERT INTO claim (slice_id, target, worker, mark, expires_at)
          SELECT $1, $2, $3, $4, now() + interval '24 hours'
          WHERE NOT EXISTS (SELECT FROM claim WHERE slice_id = $1 AND target = '${lease}' AND worker <> $3)
          ON CONFLICT (slice_id, target) DO UPDATE SET mark = excluded.mark WHERE claim.worker = excluded.worker`,
        values: [sliceId, key, worker, JSON.stringify(mark)],
      })
      return rowCount === 1
    },
  }
}

/** Takes the lease, or renews it; no row where somebody else has it. */
function leaseQuery(sliceId: string, worker: string, leaseMs: number) {
  return {
    name: 'claim-lease',
    text: `INSERT INTO claim (slice_id, target, worker, expires_at)
      VALUES ($1, '${lease}', $2, clock_timestamp() + make_interval(secs => $3))
      ON CONFLICT (slice_id, target) DO UPDATE SET worker = excluded.worker, expires_at = excluded.expires_at
        WHERE claim.worker = excluded.worker OR claim.expires_at < clock_timestamp()`,
    values: [sliceId, worker, leaseMs / 1000],
  }
}

function toClaim({ mark, provider }: ClaimRow): TargetClaim {
  return mark === null ? { kind: 'unmarked', provider: provider ?? undefined } : { kind: 'marked', mark: markOf(mark) }
}
