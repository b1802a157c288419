import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/store/database.ts'
import type { Facts } from './facts.ts'
import type { Result } from './limits.ts'

/** So many of what went wrong are told in full. */
const inFull = 30

/**
 * Leaves in a folder what it takes to find out why a limit was broken, beside the logs of our processes: everything that
 * is known of some of the notifications with which something went wrong.
 */
export async function keepEvidence(
  folder: string,
  { pool }: Database,
  facts: Facts,
  { judgement, ...result }: Result & { readonly broken: readonly string[] },
): Promise<void> {
  const { violations, repeated } = judgement
  const named = [...violations.map(({ what }) => what), ...repeated.map(({ deliveryId }) => deliveryId)]
  const ids = new Set(named.flatMap((words) => notificationIn(words) ?? []).slice(0, inFull))
  const { rows: slices } = await pool.query<{ notification_id: string }>(
    'SELECT * FROM slice WHERE notification_id = ANY($1) ORDER BY created_at, id',
    [[...ids]],
  )
  const trails = [...ids].map((id) => ({
    id,
    asked: facts.asked.find(({ key }) => facts.keys.get(key) === id),
    slices: slices.filter(({ notification_id }) => notification_id === id),
    deliveries: facts.deliveries.filter(({ notificationId }) => notificationId === id),
    attempts: facts.attempts.filter(({ notificationId }) => notificationId === id),
    ledger: facts.ledger.filter(({ notificationId }) => notificationId === id),
  }))
  const found = { ...result, violations, repeated, trails }
  writeFileSync(join(folder, 'found.json'), `${JSON.stringify(found, null, 2)}\n`)
  const serverLogs = join(folder, 'data/logs')
  if (existsSync(serverLogs)) cpSync(serverLogs, join(folder, 'logs'), { recursive: true })
}

/** The notification that a delivery, a slice or a sentence names. */
function notificationIn(words: string): string | undefined {
  const ulid = /\b(?:ntf|dlv|slc)_([0-9a-z]{26})/.exec(words)?.[1]
  return ulid && `ntf_${ulid}`
}
