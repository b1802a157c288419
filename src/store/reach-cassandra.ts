import type { Client } from 'cassandra-driver'
import { skewMs } from '../domain/clock-skew.ts'
import type { Unreachable } from '../domain/unreachable.ts'
import type { CassandraSettings } from './cassandra.ts'
import { missingCassandraMigrations } from './cassandra-migrations.ts'
import { oneCassandra } from './one-cassandra.ts'

/** Which of two writes is the later one is told by clocks. */
const skewAtMostMs = 1000

/** One try to use a Cassandra that has every migration that this version needs; undefined when that is done. */
export function reachMigratedCassandra(settings: CassandraSettings): Promise<Unreachable | undefined> {
  return oneCassandra(settings, settings.keyspace, async (client) => {
    const missing = await missingCassandraMigrations(client)
    if (missing.length > 0) return { kind: 'away', why: `lacks ${missing.join(', ')}: run "carillon migrate"` }
    return skewOf(client)
  })
}

async function skewOf(client: Client): Promise<Unreachable | undefined> {
  const { sent, received, now } = await readClock(client)
  const skew = skewMs({ whose: 'Cassandra', sent, received, from: now, to: now })
  if (Math.abs(skew) <= skewAtMostMs) return undefined
  const [seconds, where] = [(Math.abs(skew) / 1000).toFixed(1), skew > 0 ? 'ahead of' : 'behind']
  return { kind: 'away', why: `has a clock that is ${seconds} s ${where} ours: let both machines set theirs by NTP` }
}

/** Milliseconds since 1970: ours before and after, and theirs. */
async function readClock(client: Client) {
  // The first call is prepared, which takes a moment.
  const text = 'SELECT toTimestamp(now()) AS now FROM system.local'
  await client.execute(text)
  const sent = Date.now()
  const { rows } = await client.execute(text)
  const now: unknown = rows[0]?.['now']
  return { sent, received: Date.now(), now: now instanceof Date ? now.getTime() : sent }
}
