import type { PoolClient } from 'pg'
import { type Correction, correctedStages } from '../domain/correction.ts'

/** Adds to what is kept of each notification, by its id. */
export async function correctCounts(client: PoolClient, corrections: ReadonlyMap<string, Correction>): Promise<void> {
  const corrected = [...corrections].filter(([, correction]) => Object.keys(correction).length > 0)
  if (corrected.length === 0) return
  await client.query({
    name: 'correct-counts',
    text: correctSql,
    values: [
      corrected.map(([id]) => id),
      ...correctedStages.map((stage) => corrected.map(([, correction]) => correction[stage] ?? 0)),
    ],
  })
}

// In one order: two that share notifications take turns.
const correctSql = `
  INSERT INTO reported_counts AS known (notification_id, ${correctedStages.join(', ')})
  SELECT * FROM unnest($1::text[], ${correctedStages.map((_, index) => `$${index + 2}::int[]`).join(', ')})
    AS given (notification_id) ORDER BY given.notification_id COLLATE "C"
  ON CONFLICT (notification_id) DO UPDATE SET
    ${correctedStages.map((stage) => `${stage} = known.${stage} + excluded.${stage}`).join(', ')}`

/** What providers have told of a notification, as a column beside those of `notification`; null: nothing. */
export const reportedColumn = `(SELECT jsonb_build_object(${correctedStages.map((stage) => `'${stage}', r.${stage}`).join(', ')})
  FROM reported_counts r WHERE r.notification_id = notification.id) AS reported`
