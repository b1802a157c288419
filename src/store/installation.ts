import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Database } from './database.ts'

const known = new WeakMap<pg.Pool, Promise<string>>()

/**
 * Names this installation: what one has counted means nothing to another. A data folder and a database in it, so that a
 * replica that takes over is the same installation, and one that was filled from a dump is not.
 */
export function installationId({ pool }: Pick<Database, 'pool'>): Promise<string> {
  const asked = known.get(pool) ?? ask(pool)
  known.set(pool, asked)
  return asked
}

async function ask(pool: pg.Pool): Promise<string> {
  try {
    const { rows } = await pool.query<{ id: string }>(
      `SELECT system_identifier || '/' || oid AS id FROM pg_control_system(), pg_database WHERE datname = current_database()`,
    )
    return createHash('sha256').update(`${rows[0]?.id}`).digest('base64url').slice(0, 8)
  } catch (error) {
    known.delete(pool)
    throw error
  }
}
