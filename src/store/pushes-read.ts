import type { Tier } from '../domain/words.ts'
import type { Database } from './database.ts'

/** A push that somebody got, of a notification that she has read in the inbox since. */
export interface PushRead {
  readonly notificationId: string
  readonly callerId: string
  readonly collapseKey: string | null
}

const text = `
  SELECT sent.id AS "notificationId", sent.caller_id AS "callerId", sent.collapse_key AS "collapseKey"
  FROM notification sent
  JOIN template_version template ON template.name = sent.template AND template.version = sent.template_version
  WHERE sent.id = ANY($1::text[]) AND sent.tier = $2 AND template.read_cancels_others`

/** Of these notifications, those of the tier whose templates say that reading is enough, and that she has as a push. */
export async function pushesRead(
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  tier: Tier,
  userId: string,
  notificationIds: readonly string[],
): Promise<readonly PushRead[]> {
  const { rows } = await pool.query<PushRead>({ name: 'pushes-read', text, values: [notificationIds, tier] })
  const hers = await Promise.all(rows.map(({ notificationId }) => log.readDeliveries(notificationId, [userId])))
  return rows.filter((_, n) =>
    hers[n]?.some(({ channel, state }) => channel === 'PUSH' && (state === 'SENT' || state === 'DELIVERED')),
  )
}
