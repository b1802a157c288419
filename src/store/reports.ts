import type { Pool, PoolClient } from 'pg'
import { addCorrections, type Correction } from '../domain/correction.ts'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import { type Change, changeBy, outranks, type ReportedState } from '../domain/report.ts'
import { type DeliveryState, type ProviderName, providerChannels } from '../domain/words.ts'
import { inTransaction } from './database.ts'
import { type DeadLetter, deleteDeadLetters, writeDeadLetters } from './dead-letters.ts'
import { correctCounts } from './reported-counts.ts'

/** What a provider has told of a delivery. */
export interface DeliveryReport extends DeliveryKey {
  readonly state: ReportedState
  /** Why it failed. */
  readonly reason: string | null
  readonly provider: ProviderName
  readonly at: Date
}

/**
 * Writes down what providers have told, in any order and any number of times: states of deliveries, the counts of their
 * notifications, dead letters, all in one transaction. What is not of this installation is passed over. Resolves with
 * the ids of the notifications that have changed.
 */
export async function applyReports(pool: Pool, reports: readonly DeliveryReport[]): Promise<readonly string[]> {
  const strongest = strongestOf(reports)
  if (strongest.length === 0) return []
  return inTransaction(pool, async (client) => {
    const changes = await changesOf(client, strongest)
    if (changes.length === 0) return []
    await writeStates(client, changes)
    await changeDeadLetters(client, changes)
    const corrections = correctionsOf(changes)
    await correctCounts(client, corrections)
    return [...corrections.keys()]
  })
}

function strongestOf(reports: readonly DeliveryReport[]): readonly DeliveryReport[] {
  const byId = new Map<string, DeliveryReport>()
  for (const report of reports) {
    const id = deliveryId(report)
    const known = byId.get(id)
    if (known === undefined || outranks(report.state, known.state)) byId.set(id, report)
  }
  return [...byId.values()]
}

type ReportedChange = DeliveryReport & Change

interface LoggedRow {
  readonly index: number
  readonly state: DeliveryState
  readonly reason: string | null
  readonly reported: boolean
}

async function changesOf(client: PoolClient, reports: readonly DeliveryReport[]): Promise<readonly ReportedChange[]> {
  await lockDeliveries(client, reports)
  const { rows } = await client.query<LoggedRow>({
    name: 'read-locked-deliveries',
    text: `SELECT key.index::int AS index, d.state, d.reason, d.reported
      FROM unnest($1::text[], $2::text[], $3::text[])
        WITH ORDINALITY AS key (notification_id, recipient_id, channel, index)
      JOIN delivery d USING (notification_id, recipient_id, channel)`,
    values: keysOf(reports),
  })
  return rows.flatMap(({ index, ...before }) => {
    const report = reports[index - 1]
    const change = report && changeBy(before, report.state)
    return report && change ? [{ ...report, ...change }] : []
  })
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

async function writeStates(client: PoolClient, changes: readonly ReportedChange[]): Promise<void> {
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

async function changeDeadLetters(client: PoolClient, changes: readonly ReportedChange[]): Promise<void> {
  const made = changes.filter(({ deadLetter }) => deadLetter === 'make')
  const removed = changes.filter(({ deadLetter }) => deadLetter === 'remove')
  if (made.length > 0) await writeReportedDeadLetters(client, made)
  if (removed.length > 0) await deleteDeadLetters(client, removed)
}

async function writeReportedDeadLetters(client: PoolClient, failed: readonly ReportedChange[]): Promise<void> {
  const pages = Map.groupBy(await deadLettersOf(client, failed), ({ page }) => page)
  for (const [page, letters] of pages) await writeDeadLetters(client, page, letters)
}

async function deadLettersOf(
  client: PoolClient,
  failed: readonly ReportedChange[],
): Promise<readonly (DeadLetter & { readonly page: number })[]> {
  const { rows } = await client.query<{ index: number; attempts: number; page: number | null }>({
    name: 'count-attempts',
    text: `SELECT key.index::int AS index, max(a.attempt) AS attempts,
        (SELECT number FROM page WHERE page.notification_id = key.notification_id
          AND decided->'of' ? key.recipient_id LIMIT 1) AS page
      FROM unnest($1::text[], $2::text[], $3::text[])
        WITH ORDINALITY AS key (notification_id, recipient_id, channel, index)
      LEFT JOIN delivery_attempt a USING (notification_id, recipient_id, channel)
      GROUP BY key.index, key.notification_id, key.recipient_id`,
    values: keysOf(failed),
  })
  const known = new Map(rows.map((row) => [row.index, row]))
  return failed.flatMap(({ notificationId, recipientId, channel: given, provider, reason, at }, index) => {
    const channel = providerChannels.find((each) => each === given)
    // Not yet written down: the provider has it, so there was one.
    const { attempts, page } = { ...known.get(index + 1) }
    const letter = { notificationId, recipientId, provider, reason: reason ?? 'failed', attempts: attempts ?? 1, at }
    return channel === undefined ? [] : [{ ...letter, channel, page: page ?? 0 }]
  })
}

/** By notification; an empty one where its counts stay as they are. */
function correctionsOf(changes: readonly ReportedChange[]): ReadonlyMap<string, Correction> {
  const byId = new Map<string, Correction>()
  for (const { notificationId, correction } of changes) {
    byId.set(notificationId, addCorrections(byId.get(notificationId) ?? {}, correction))
  }
  return byId
}

function keysOf(keys: readonly DeliveryKey[]): unknown[] {
  return [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)]
}
