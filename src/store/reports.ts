import type { PoolClient } from 'pg'
import { addCorrections, type Correction } from '../domain/correction.ts'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import { type Change, changeBy, outranks, type ReportedState } from '../domain/report.ts'
import { type ProviderName, providerChannels } from '../domain/words.ts'
import type { Database } from './database.ts'
import { type DeadLetter, deleteDeadLetters, writeDeadLetters } from './dead-letters.ts'
import type { LogWrites } from './log-engine.ts'
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
export async function applyReports(
  { log }: Pick<Database, 'log'>,
  reports: readonly DeliveryReport[],
): Promise<readonly string[]> {
  const strongest = strongestOf(reports)
  if (strongest.length === 0) return []
  return log.commit(async (client, writes) => {
    const changes = await changesOf(writes, strongest)
    if (changes.length === 0) return []
    await writes.logReported(changes)
    await changeDeadLetters(client, writes, changes)
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

async function changesOf(writes: LogWrites, reports: readonly DeliveryReport[]): Promise<readonly ReportedChange[]> {
  const before = await writes.lockReported(reports)
  return reports.flatMap((report, index) => {
    const known = before[index]
    const change = known && changeBy(known, report.state)
    return change ? [{ ...report, ...change }] : []
  })
}

async function changeDeadLetters(
  client: PoolClient,
  writes: LogWrites,
  changes: readonly ReportedChange[],
): Promise<void> {
  const made = changes.filter(({ deadLetter }) => deadLetter === 'make')
  const removed = changes.filter(({ deadLetter }) => deadLetter === 'remove')
  if (made.length > 0) await writeReportedDeadLetters(client, writes, made)
  if (removed.length > 0) await deleteDeadLetters(client, removed)
}

async function writeReportedDeadLetters(
  client: PoolClient,
  writes: LogWrites,
  failed: readonly ReportedChange[],
): Promise<void> {
  const [numbers, attempts] = await Promise.all([readPageNumbers(client, failed), writes.readAttempts(failed)])
  const letters = failed.flatMap(
    ({ notificationId, recipientId, channel: given, provider, reason, at }, index): PagedLetter[] => {
      const channel = providerChannels.find((each) => each === given)
      if (channel === undefined) return []
      // Not yet written down: the provider has it, so there was one.
      const made = Math.max(1, ...(attempts[index] ?? []).map(({ attempt }) => attempt))
      const letter = { notificationId, recipientId, channel, provider, reason: reason ?? 'failed', attempts: made, at }
      return [{ letter, page: numbers[index] ?? 0 }]
    },
  )
  const pages = Map.groupBy(letters, ({ page }) => page)
  for (const [page, ofPage] of pages) {
    await writeDeadLetters(
      client,
      page,
      ofPage.map(({ letter }) => letter),
      { reported: true },
    )
  }
}

interface PagedLetter {
  readonly letter: DeadLetter
  readonly page: number
}

async function readPageNumbers(client: PoolClient, keys: readonly DeliveryKey[]): Promise<readonly (number | null)[]> {
  const { rows } = await client.query<{ page: number | null }>({
    name: 'read-page-numbers',
    text: `SELECT (SELECT number FROM page WHERE page.notification_id = key.notification_id
          AND decided->'of' ? key.recipient_id LIMIT 1) AS page
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS key (notification_id, recipient_id, index)
      ORDER BY key.index`,
    values: [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId)],
  })
  return rows.map(({ page }) => page)
}

/** By notification; an empty one where its counts stay as they are. */
function correctionsOf(changes: readonly ReportedChange[]): ReadonlyMap<string, Correction> {
  const byId = new Map<string, Correction>()
  for (const { notificationId, correction } of changes) {
    byId.set(notificationId, addCorrections(byId.get(notificationId) ?? {}, correction))
  }
  return byId
}
