import type { PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'
import type { Logged } from '../domain/report.ts'
import type { DeliveryState } from '../domain/words.ts'
import type { DeliveryReport } from './reports.ts'

interface LoggedRow {
  readonly index: number
  readonly state: DeliveryState
  readonly reason: string | null
  readonly reported: boolean
}

/** See `lockReported` of {@link LogWrites}. */
export async function lockReported(
  client: PoolClient,
  reports: readonly DeliveryReport[],
): Promise<readonly (Logged | undefined)[]> {
  await lockDeliveries(client, reports)
  const { rows } = await client.query<LoggedRow>({
    name: 'read-locked-deliveries',
    text: `SELECT key.index::int AS index, d.state, d.reason, d.reported
      FROM unnest($1::text[], $2::text[], $3::text[])
        WITH ORDINALITY AS key (notification_id, recipient_id, channel, index)
      JOIN delivery d USING (notification_id, recipient_id, channel)`,
    values: keysOf(reports),
  })
  const known = new Map(rows.map(({ index, ...logged }) => [index, logged]))
  return reports.map((_report, index) => known.get(index + 1))
}

/**
 * Makes what is not there (a worker that died before it wrote it down) and locks what is, in the order of `logDeliveries`:
 * two who share rows take turns. The condition is never true: rows that need no change get no new version.
 */
async function lockDeliveries(client: PoolClient, reports: readonly DeliveryReport[]): Promise<void> {
  await client.query({
    name: 'lock-deliveries',
    text: `INSERT INTO delivery (notification_id, recipient_id, channel, state, provider, updated_at, reported)
      SELECT given.notification_id, recipient_id, channel, 'SENT', provider, at, true
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
        AS given (notification_id, recipient_id, channel, provider, at)
      JOIN notification ON notification.id = given.notification_id
      ORDER BY given.notification_id COLLATE "C", recipient_id COLLATE "C", channel COLLATE "C"
      ON CONFLICT (notification_id, recipient_id, channel) DO UPDATE SET reported = true WHERE false`,
    values: [...keysOf(reports), reports.map(({ provider }) => provider), reports.map(({ at }) => at)],
  })
}

export async function logReported(client: PoolClient, changes: readonly DeliveryReport[]): Promise<void> {
  await client.query({
    name: 'write-reported-states',
    text: `UPDATE delivery d SET state = given.state, reason = given.reason, provider = given.provider,
        updated_at = given.at, reported = true
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
        AS given (notification_id, recipient_id, channel, state, reason, provider, at)
      WHERE (d.notification_id, d.recipient_id, d.channel)
        = (given.notification_id, given.recipient_id, given.channel)`,
    values: [
      ...keysOf(changes),
      changes.map(({ state }) => state),
      changes.map(({ reason }) => reason),
      changes.map(({ provider }) => provider),
      changes.map(({ at }) => at),
    ],
  })
}

function keysOf(keys: readonly DeliveryKey[]): unknown[] {
  return [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)]
}
