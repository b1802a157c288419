import type pg from 'pg'
import type { Checkup } from '../domain/checkup.ts'
import { type Diagnosis, ok, problem, warning } from '../domain/diagnosis.ts'
import { serverPlaces } from '../domain/server-places.ts'
import { missingMigrations } from './migrations.ts'
import { oneClient } from './one-client.ts'
import { postgresProblem } from './postgres-problem.ts'

const subject = 'PostgreSQL'
const leastVersion = 16

export async function checkPostgres(url: string): Promise<Checkup> {
  const place = serverPlaces(url)
  try {
    return await oneClient(url, async (client) => {
      const sent = Date.now()
      const server = await ask(client)
      const clock = { whose: subject, sent, received: Date.now(), from: server.now, to: server.now }
      const missing = await missingMigrations(client)
      return { diagnoses: [judgeServer(server, place), judgeMigrations(missing)], clocks: [clock] }
    })
  } catch (error) {
    const found = `${place} ${postgresProblem(error).why}`
    return { diagnoses: [problem(subject, found, 'start it, or correct DATABASE_URL')] }
  }
}

interface Server {
  readonly version: string
  readonly number: number
  readonly readOnly: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

async function ask(client: pg.Client): Promise<Server> {
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       current_setting('transaction_read_only')::bool AS "readOnly",
       (extract(epoch FROM clock_timestamp()) * 1000)::float AS now`,
  )
  const [server] = rows
  if (server === undefined) throw new Error('PostgreSQL told nothing of itself')
  return server
}

function judgeServer({ version, number, readOnly }: Server, place: string): Diagnosis {
  const found = `${version} at ${place}`
  if (number < leastVersion * 10_000) return problem(subject, found, `use ${leastVersion} or later`)
  if (readOnly) return problem(subject, `${found} takes no writes`, 'name the primary server in DATABASE_URL')
  return ok(subject, found)
}

function judgeMigrations(missing: readonly string[] | undefined): Diagnosis {
  if (missing === undefined) {
    const mend = 'GRANT SELECT ON _prisma_migrations to it: then a role waits for migrations that it needs'
    return warning('migrations', 'this role may not see which have been applied', mend)
  }
  if (missing.length > 0) return problem('migrations', `${missing.join(', ')} missing`, 'run "carillon migrate"')
  return ok('migrations', 'all have been applied')
}
