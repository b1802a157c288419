import type { Pool, PoolClient } from 'pg'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import type { Logged, ReportedState } from '../domain/report.ts'
import type { Channel, ProviderName } from '../domain/words.ts'
import type { StoredDelivery } from './log-engine.ts'
import type { DeliveryReport } from './reports.ts'

/*
 * What providers have told, on its way to Cassandra. The row of a delivery is its lock; it goes when Cassandra has it, so
 * somebody who finds none, and takes the lock by making one, finds the newest state there.
 */

/** The reports of one transaction. */
export interface OpenReports {
  lock(reports: readonly DeliveryReport[]): Promise<readonly (Logged | undefined)[]>
  write(changes: readonly DeliveryReport[]): Promise<void>
  /** Lets go of what did not change; resolves with what Cassandra has to be told. */
  finish(): Promise<readonly DeliveryReport[]>
}

export type ReadKnown = (keys: readonly DeliveryKey[]) => Promise<readonly StoredDelivery[]>

export function newReports(client: PoolClient, readKnown: ReadKnown): OpenReports {
  const pending = new Map<string, DeliveryReport>()
  const unchanged = new Map<string, DeliveryKey>()
  return {
    async lock(reports) {
      const made = new Set((await lockRows(client, reports)).map(deliveryId))
      const rows = new Map((await readRows(client, reports)).map((row) => [deliveryId(row), row]))
      const fresh = reports.filter((report) => made.has(deliveryId(report)))
      const known = new Map((await readKnown(fresh)).map((delivery) => [deliveryId(delivery), delivery]))
      return reports.map((report) => {
        const id = deliveryId(report)
        const row = rows.get(id)
        if (row === undefined) return undefined
        const delivery = made.has(id) ? known.get(id) : undefined
        if (delivery === undefined) {
          // Nothing was known: that a provider has it is worth writing down, whatever it tells.
          if (made.has(id)) pending.set(id, row)
          return { state: row.state, reason: row.reason, reported: true }
        }
        unchanged.set(id, report)
        return { state: delivery.state, reason: delivery.reason, reported: delivery.reported }
      })
    },
    async write(changes) {
      for (const change of changes) {
        pending.set(deliveryId(change), change)
        unchanged.delete(deliveryId(change))
      }
      await updateRows(client, changes)
    },
    async finish() {
      if (unchanged.size > 0) await deleteRows(client, [...unchanged.values()])
      return [...pending.values()]
    },
  }
}

/** In one order: two who share rows take turns. Resolves with those that were not there. */
async function lockRows(client: PoolClient, reports: readonly DeliveryReport[]): Promise<readonly DeliveryKey[]> {
  const { rows } = await client.query<DeliveryKey>({
    name: 'lock-log-reports',
    text: `INSERT INTO log_report (notification_id, recipient_id, channel, state, provider, at, due_at)
      SELECT given.notification_id, recipient_id, channel, 'SENT', provider, at, now() + interval '10 seconds'
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
        AS given (notification_id, recipient_id, channel, provider, at)
      JOIN notification ON notification.id = given.notification_id
      ORDER BY given.notification_id COLLATE "C", recipient_id COLLATE "C", channel COLLATE "C"
      ON CONFLICT (notification_id, recipient_id, channel) DO UPDATE SET state = 'SENT' WHERE false
      RETURNING notification_id AS "notificationId", recipient_id AS "recipientId", channel`,
    values: [...keysOf(reports), reports.map(({ provider }) => provider), reports.map(({ at }) => at)],
  })
  return rows
}

const columns = `notification_id AS "notificationId", recipient_id AS "recipientId", channel, state, reason, provider, at`

async function readRows(client: PoolClient, keys: readonly DeliveryKey[]): Promise<readonly DeliveryReport[]> {
  const { rows } = await client.query<DeliveryReport>({
    name: 'read-log-reports',
    text: `SELECT ${columns} FROM unnest($1::text[], $2::text[], $3::text[]) AS key (notification_id, recipient_id, channel)
      JOIN log_report USING (notification_id, recipient_id, channel)`,
    values: keysOf(keys),
  })
  return rows
}

async function updateRows(client: PoolClient, changes: readonly DeliveryReport[]): Promise<void> {
  await client.query({
    name: 'write-log-reports',
    text: `UPDATE log_report r SET state = given.state, reason = given.reason, provider = given.provider, at = given.at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
        AS given (notification_id, recipient_id, channel, state, reason, provider, at)
      WHERE (r.notification_id, r.recipient_id, r.channel) = (given.notification_id, given.recipient_id, given.channel)`,
    values: [
      ...keysOf(changes),
      changes.map(({ state }) => state),
      changes.map(({ reason }) => reason),
      changes.map(({ provider }) => provider),
      changes.map(({ at }) => at),
    ],
  })
}

async function deleteRows(client: PoolClient, keys: readonly DeliveryKey[]): Promise<void> {
  await client.query({
    name: 'unlock-log-reports',
    text: `DELETE FROM log_report WHERE (notification_id, recipient_id, channel)
      IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
    values: keysOf(keys),
  })
}

/** Those that Cassandra has; what has been told since stays. */
export async function forgetReports(pool: Pool, reports: readonly DeliveryReport[]): Promise<void> {
  await pool.query({
    name: 'forget-log-reports',
    // Locked in the order of everybody else, before they are deleted in any.
    text: `WITH written AS (
        SELECT r.ctid FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
          AS given (notification_id, recipient_id, channel, state)
        JOIN log_report r USING (notification_id, recipient_id, channel, state)
        ORDER BY r.notification_id COLLATE "C", r.recipient_id COLLATE "C", r.channel COLLATE "C" FOR UPDATE OF r)
      DELETE FROM log_report WHERE ctid IN (SELECT ctid FROM written)`,
    values: [...keysOf(reports), reports.map(({ state }) => state)],
  })
}

interface DueRow {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly state: ReportedState
  readonly reason: string | null
  readonly provider: ProviderName
  readonly at: Date
}

export async function takeDueReports(pool: Pool, limit: number): Promise<readonly DeliveryReport[]> {
  const { rows } = await pool.query<DueRow>({
    name: 'take-due-log-reports',
    text: `UPDATE log_report SET due_at = now() + interval '10 seconds'
      WHERE (notification_id, recipient_id, channel) IN (SELECT notification_id, recipient_id, channel FROM log_report
        WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING ${columns}`,
    values: [limit],
  })
  return rows
}

function keysOf(keys: readonly DeliveryKey[]): unknown[] {
  return [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)]
}
