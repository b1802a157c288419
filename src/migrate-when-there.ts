import { migrate } from './store/migrate.ts'
import { reachPostgres } from './store/reach-postgres.ts'
import { type Waiting, waitFor } from './wait-for.ts'

/** Applies what the database lacks, as soon as there is one, and returns the names. */
export async function migrateWhenThere(url: string, waiting: Waiting): Promise<readonly string[]> {
  const reach = () => reachPostgres(url)
  await waitFor({ name: 'PostgreSQL', variable: 'DATABASE_URL', url, reach }, waiting)
  return migrate(url)
}
