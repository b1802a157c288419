import type pg from 'pg'
import { isStorableText } from '../domain/json-value.ts'
import { pathsOf, type SegmentFilter, userColumnOf } from '../domain/segment.ts'
import { parameters, presenceSql, segmentSql } from './segment-sql.ts'
import { withinTime } from './within-time.ts'

export interface Segment {
  readonly name: string
  readonly filter: SegmentFilter
  /** When it was last written; null: it took too long to count. */
  readonly memberCount: number | null
  readonly countedAt: Date | null
  readonly updatedAt: Date
}

/** For a statement that counts. A sequential scan of some million users takes as long. */
const countMs = { upsert: 2_000, preview: 4_000 }
const sampleSize = 10

/** Makes a segment or replaces its filter, and counts whom it holds now. */
export async function upsertSegment(pool: pg.Pool, name: string, filter: SegmentFilter, at: Date): Promise<Segment> {
  const memberCount = (await withinTime(pool, countMs.upsert, (client) => countMembers(client, filter))) ?? null
  const { rows } = await pool.query<Segment>(
    `INSERT INTO segment (name, filter, member_count, counted_at, updated_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (name) DO UPDATE SET filter = excluded.filter, member_count = excluded.member_count,
        counted_at = excluded.counted_at, updated_at = excluded.updated_at
      RETURNING ${columns}`,
    [name, JSON.stringify(filter), memberCount, memberCount === null ? null : at, at],
  )
  const [segment] = rows
  if (segment === undefined) throw new Error('a segment was not written')
  return segment
}

export async function findSegment(pool: pg.Pool, name: string): Promise<Segment | undefined> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(name)) return undefined
  const { rows } = await pool.query<Segment>({
    name: 'segment',
    text: `SELECT ${columns} FROM segment WHERE name = $1`,
    values: [name],
  })
  return rows[0]
}

/** By name, those behind `after`. One more than `limit` tells whether there are more. */
export async function listSegments(pool: pg.Pool, after: string | undefined, limit: number): Promise<Segment[]> {
  const { rows } = await pool.query<Segment>(
    `SELECT ${columns} FROM segment WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2`,
    [after ?? null, limit],
  )
  return rows
}

export interface Membership {
  readonly memberCount: number
  /** Some of them. */
  readonly sampleUserIds: readonly string[]
  /** What the filter asks about, and no user at all has. */
  readonly unknownPaths: readonly string[]
}

/** Whom a filter holds now. Undefined: it takes too long to count. */
export function previewSegment(pool: pg.Pool, filter: SegmentFilter): Promise<Membership | undefined> {
  return withinTime(pool, countMs.preview, async (client) => ({
    memberCount: await countMembers(client, filter),
    sampleUserIds: await sampleMembers(client, filter),
    unknownPaths: await unknownPaths(client, filter),
  }))
}

const columns = `name, filter, member_count AS "memberCount", counted_at AS "countedAt", updated_at AS "updatedAt"`

async function countMembers(client: pg.ClientBase, filter: SegmentFilter): Promise<number> {
  const { values, parameter } = parameters()
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM users u WHERE ${segmentSql(filter, parameter)}`,
    values,
  )
  return rows[0]?.count ?? 0
}

async function sampleMembers(client: pg.ClientBase, filter: SegmentFilter): Promise<readonly string[]> {
  const { values, parameter } = parameters()
  const { rows } = await client.query<{ user_id: string }>(
    `SELECT u.user_id FROM users u WHERE ${segmentSql(filter, parameter)} LIMIT ${sampleSize}`,
    values,
  )
  return rows.map((row) => row.user_id).toSorted()
}

async function unknownPaths(client: pg.ClientBase, filter: SegmentFilter): Promise<readonly string[]> {
  const paths = pathsOf(filter).filter((path) => userColumnOf(path) === undefined)
  if (paths.length === 0) return []
  const { values, parameter } = parameters()
  const known = paths.map((path) => `EXISTS (SELECT FROM users u WHERE ${presenceSql(path, parameter)})`)
  const { rows } = await client.query<{ known: boolean[] }>(`SELECT ARRAY[${known.join(', ')}] AS known`, values)
  return paths.filter((_, index) => rows[0]?.known[index] !== true)
}
