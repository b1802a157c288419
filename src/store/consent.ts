import type pg from 'pg'
import type { ConsentChange, ConsentSource } from '../domain/consent.ts'
import type { Channel } from '../domain/words.ts'

export interface ConsentRecord {
  readonly userId: string
  readonly changes: readonly ConsentChange[]
  readonly source: ConsentSource
  readonly at: Date
  readonly reason?: string
}

/** To be called in the transaction that makes the changes. */
export async function recordConsent(client: pg.ClientBase, record: ConsentRecord): Promise<void> {
  const { userId, changes, source, at, reason } = record
  if (changes.length === 0) return
  const { changedBy, credential } = source
  await client.query({
    name: 'record-consent',
    text: insert,
    values: [userId, JSON.stringify(changes), reason ?? null, changedBy, credential, at],
  })
}

const insert = `
  INSERT INTO consent_change (user_id, subject, category, channel, was, became, reason, changed_by, credential, at)
  SELECT $1, subject, category, channel, was, became, $3, $4, $5, $6
  FROM jsonb_to_recordset($2::jsonb)
    AS changes (subject text, category text, channel text, was boolean, became boolean)`

/** Whether she has turned a channel on or off after an instant. */
export async function hasChosenSince(pool: pg.Pool, userId: string, channel: Channel, since: Date): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'has-chosen-since',
    text: `SELECT FROM consent_change
      WHERE user_id = $1 AND subject = 'CHANNEL' AND channel = $2 AND at > $3 LIMIT 1`,
    values: [userId, channel, since],
  })
  return rows.length > 0
}
