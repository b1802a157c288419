import pg from 'pg'
import { openKept } from '../../src/local/kept.ts'
import type { CarillonAddress } from './carillon.ts'

/** Asks the PostgreSQL of a started Carillon, for what the API rightly does not tell. */
export async function rowsOf(
  { dataDir }: Pick<CarillonAddress, 'dataDir'>,
  text: string,
  values: readonly unknown[],
): Promise<readonly unknown[]> {
  const kept = openKept(dataDir)
  const client = new pg.Client({
    connectionString: `postgresql://carillon:${kept.password('postgres')}@127.0.0.1:${kept.port('postgres')}/carillon`,
  })
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows
  } finally {
    await client.end()
  }
}
