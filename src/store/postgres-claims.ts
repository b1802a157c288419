import type { Pool } from 'pg'
import type { ClaimResult, Claims, TargetClaim } from '../domain/claim.ts'
import { outcomeOf } from './claim-mark.ts'
import { inTransaction } from './database.ts'

/** The pseudo-target whose row is the lease of the whole slice. */
const lease = ''

interface ClaimRow {
  readonly target: string
  readonly mark: unknown
  readonly fresh: boolean
}

/** Claims in PostgreSQL: what guards the calls where there is no Redis, or while it is away. */
export function postgresClaims(pool: Pool): Claims {
  return {
    claim: (sliceId, targets, worker, leaseMs) =>
      inTransaction(pool, async (client): Promise<ClaimResult> => {
        const { rowCount } = await client.query({
          name: 'claim-lease',
          text: `INSERT INTO claim (slice_id, target, worker, expires_at)
            VALUES ($1, '${lease}', $2, clock_timestamp() + make_interval(secs => $3))
            ON CONFLICT (slice_id, target) DO UPDATE SET worker = excluded.worker, expires_at = excluded.expires_at
              WHERE claim.worker = excluded.worker OR claim.expires_at < clock_timestamp()`,
          values: [sliceId, worker, leaseMs / 1000],
        })
        if (rowCount === 0) return { kind: 'busy' }
        const { rows } = await client.query<ClaimRow>({
          name: 'claim-targets',
          text: `WITH fresh AS (
              INSERT INTO claim (slice_id, target, worker, expires_at)
              SELECT $1, target, $2, now() + interval '24 hours' FROM unnest($3::text[]) AS target
              ON CONFLICT DO NOTHING RETURNING target)
            SELECT target, NULL::jsonb AS mark, true AS fresh FROM fresh
            UNION ALL
            SELECT target, mark, false FROM claim WHERE slice_id = $1 AND target = ANY($3)`,
          values: [sliceId, worker, targets],
        })
        return { kind: 'claimed', of: new Map(rows.map((row) => [row.target, toClaim(row)])) }
      }),
    async renew(sliceId, worker, leaseMs) {
      await pool.query({
        name: 'claim-renew',
        text: `UPDATE claim SET expires_at = now() + make_interval(secs => $3)
          WHERE slice_id = $1 AND target = '${lease}' AND worker = $2`,
        values: [sliceId, worker, leaseMs / 1000],
      })
    },
    async mark(sliceId, target, outcome) {
      await pool.query({
        name: 'claim-mark',
        text: 'UPDATE claim SET mark = $3 WHERE slice_id = $1 AND target = $2',
        values: [sliceId, target, JSON.stringify(outcome)],
      })
    },
  }
}

function toClaim(row: ClaimRow): TargetClaim {
  if (row.fresh) return { kind: 'new' }
  return row.mark === null ? { kind: 'unmarked' } : { kind: 'marked', outcome: outcomeOf(row.mark) }
}
