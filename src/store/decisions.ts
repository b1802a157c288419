import type { Pool } from 'pg'
import type { Decision } from '../domain/decide.ts'
import { type Decided, decisionFor } from '../domain/decided.ts'
import { channels } from '../domain/words.ts'

/** What was decided for a recipient when her page was; undefined: no page has her, not yet at least. */
export async function readDecisions(
  pool: Pool,
  notificationId: string,
  recipientId: string,
): Promise<readonly Decision[] | undefined> {
  const { rows } = await pool.query<{ words: Decided['words']; numbers: number[]; created_at: Date }>({
    name: 'read-decisions',
    text: `SELECT decided->'words' AS words, decided->'of'->$2 AS numbers, created_at FROM page
      WHERE notification_id = $1 AND decided->'of' ? $2 LIMIT 1`,
    values: [notificationId, recipientId],
  })
  const [row] = rows
  if (row === undefined) return undefined
  const decided: Decided = { words: row.words, of: { [recipientId]: row.numbers } }
  return channels.flatMap((channel) => decisionFor(decided, recipientId, channel, row.created_at) ?? [])
}
