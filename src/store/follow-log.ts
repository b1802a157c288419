import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'
import { channels } from '../domain/words.ts'
import type { Cassandra } from './cassandra.ts'
import { copyAttemptsAgain, copyDeliveriesAgain, copyInbox } from './copy-to-cassandra.ts'
import type { LogEngineName } from './engine-in-use.ts'
import type { Time } from './inbox-log-head.ts'
import { inTransaction } from './transaction.ts'

/*
 * Carillon goes on while its log is copied: triggers note what changes, in the transaction that changes it, and it is copied
 * again. So no process has to know of it.
 */

const triggers = [
  ['inbox_head', 'inbox', 'INSERT OR UPDATE OF seq'],
  ['delivery', 'delivery', 'INSERT OR UPDATE OR DELETE'],
  ['delivery_attempt', 'attempt', 'INSERT OR UPDATE'],
] as const

/** Before anything is copied: what is committed after this is noted. */
export async function followLog(pool: Pool): Promise<void> {
  for (const [table, kind, on] of triggers) {
    await pool.query(`CREATE OR REPLACE TRIGGER log_copied AFTER ${on} ON ${table}
      FOR EACH ROW EXECUTE FUNCTION note_log_change('${kind}')`)
  }
}

export async function unfollowLog(pool: Pool): Promise<void> {
  for (const [table] of triggers) await pool.query(`DROP TRIGGER IF EXISTS log_copied ON ${table}`)
  await pool.query('TRUNCATE log_changed')
}

interface ChangedRow {
  readonly id: string
  readonly kind: 'inbox' | 'delivery' | 'attempt'
  readonly key: readonly string[]
}

/** So many are read at once. */
export const changesAtOnce = 2000

/** Copies again what has changed; how much there was of it, up to `changesAtOnce`. */
export async function copyChanges(pool: Pool, cassandra: Cassandra, time: Time): Promise<number> {
  const { rows } = await pool.query<ChangedRow>('SELECT id, kind, key FROM log_changed ORDER BY id LIMIT $1', [
    changesAtOnce,
  ])
  const keysOf = (kind: ChangedRow['kind']) => rows.filter((row) => row.kind === kind).map(({ key }) => key)
  for (const userId of new Set(keysOf('inbox').flat())) await copyInbox(pool, cassandra, time, userId)
  await copyDeliveriesAgain(pool, cassandra, time, deliveryKeys(keysOf('delivery')))
  await copyAttemptsAgain(pool, cassandra, time, deliveryKeys(keysOf('attempt')))
  await pool.query('DELETE FROM log_changed WHERE id = ANY($1)', [rows.map(({ id }) => id)])
  return rows.length
}

function deliveryKeys(keys: readonly (readonly string[])[]): readonly DeliveryKey[] {
  return keys.flatMap(([notificationId = '', recipientId = '', given]) => {
    const channel = channels.find((each) => each === given)
    return channel === undefined ? [] : [{ notificationId, recipientId, channel }]
  })
}

/** What each engine writes to in PostgreSQL. */
const written: Readonly<Record<LogEngineName, readonly string[]>> = {
  postgres: ['inbox_item', 'delivery', 'delivery_attempt'],
  cassandra: ['log_outbox', 'log_report'],
}

/** From now on only this engine may write: a process with the other one, that was idle when we looked, is refused. */
export async function guardLog(client: Pool | PoolClient, engine: LogEngineName): Promise<void> {
  await unguardLog(client, engine)
  for (const table of written[engine === 'cassandra' ? 'postgres' : 'cassandra']) {
    await client.query(`CREATE OR REPLACE TRIGGER log_moved BEFORE INSERT OR UPDATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_change('${engine}')`)
  }
}

async function unguardLog(client: Pool | PoolClient, engine: LogEngineName): Promise<void> {
  for (const table of written[engine]) await client.query(`DROP TRIGGER IF EXISTS log_moved ON ${table}`)
}

/** When nobody writes any more, all heads begin to tell where their items are in Cassandra. */
export function moveHeads(pool: Pool): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query(
      `SELECT FROM inbox_head WHERE (log->>'seq')::bigint IS DISTINCT FROM seq LIMIT 1`,
    )
    if (rows.length > 0) throw new Error('an inbox has changed and was not copied again')
    // What happened before cannot be told any more: each client reads its inbox once.
    await client.query(`UPDATE inbox_head SET removed_seq = seq, log = log - 'seq',
      unread = (SELECT coalesce(sum((each->>2)::int), 0) FROM jsonb_array_elements(log->'months') AS month (each))`)
    await guardLog(client, 'cassandra')
    await client.query(`UPDATE log_engine SET engine = 'cassandra', copying_to = NULL, position = NULL WHERE id = 1`)
  })
}
