import pg from 'pg'

/** For a server that hangs. */
const limitMs = 3000

/** Lets `work` use a connection of its own to PostgreSQL, which may take three seconds, and each of its queries too. */
export async function oneClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
  })
  // Whoever is using it is told by the query that fails.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
