import type { Unreachable } from '../domain/unreachable.ts'
import { missingMigrations } from './migrations.ts'
import { oneClient } from './one-client.ts'
import { postgresProblem } from './postgres-problem.ts'

/** One try to sign in to PostgreSQL; undefined when that is done. */
export async function reachPostgres(url: string): Promise<Unreachable | undefined> {
  return oneClient(url, async (client) => {
    await client.query('SELECT 1')
    return undefined
  }).catch(postgresProblem)
}

/** The same of a database that has every migration that this version needs. */
export async function reachMigratedPostgres(url: string): Promise<Unreachable | undefined> {
  return oneClient(url, async (client): Promise<Unreachable | undefined> => {
    const missing = await missingMigrations(client)
    if (missing === undefined || missing.length === 0) return undefined
    return { kind: 'away', why: `lacks ${missing.join(', ')}: run "carillon migrate"` }
  }).catch(postgresProblem)
}
