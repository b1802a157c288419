import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'
import { monthOf, oldestMonth } from '../domain/log-months.ts'
import type { Channel } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Cassandra, CassandraWrite } from './cassandra.ts'
import { attemptWrites, messagesOfOthers, readAttempts } from './cassandra-attempts.ts'
import { readInboxChanges, readOneChangeEach } from './cassandra-changes.ts'
import {
  countInboxDeliveries,
  deliveryWrites,
  listDeliveriesOf,
  listInboxDeliveries,
  readDeliveries,
  reportWrite,
} from './cassandra-deliveries.ts'
import { areRead, countUnreadByCategory, findInboxItems, type InboxStores, readInboxPage } from './cassandra-inbox.ts'
import { findPlaces } from './cassandra-items.ts'
import { markInboxAllRead, markInboxItems } from './cassandra-marks.ts'
import { outboxWrites } from './cassandra-writes.ts'
import type { LoggedAttempt, LoggedDelivery } from './delivery-log.ts'
import { addInboxItems } from './inbox-log-add.ts'
import { overlayOf, readLogHead, readLogHeads, type Time } from './inbox-log-head.ts'
import type { LogEngine, LogWrites, StoredDelivery } from './log-engine.ts'
import { forgetOutbox, keepOutbox, newOutbox, type OpenOutbox, type Outbox, takeDueOutboxes } from './log-outbox.ts'
import { forgetReports, newReports, type OpenReports, takeDueReports } from './log-reports.ts'
import { materialiseByCommit } from './materialise-by-commit.ts'
import type { DeliveryReport } from './reports.ts'
import { inTransaction } from './transaction.ts'

/** Longer than that nobody waits for Cassandra after a commit: readers find in PostgreSQL what it does not have yet. */
const waitMs = 3000
/** What is read of those that were left behind at once. */
const leftovers = 50

/**
 * The delivery log in Cassandra. What a transaction decides is committed in PostgreSQL, as one row; then it is written to
 * Cassandra, and the row goes. So Cassandra never has the only copy of what is not finished, and never what was rolled
 * back.
 */
export function cassandraLog(pool: Pool, cassandra: Cassandra, now: () => Date = () => new Date()): LogEngine {
  const { retentionMs } = cassandra.settings
  const time = (): Time => ({ now: now(), retentionMs })
  const stores: InboxStores = { pool, cassandra, time }

  async function inOne<T>(work: (client: PoolClient, open: Open) => Promise<T>): Promise<T> {
    const outbox = newOutbox()
    const { result, reports } = await inTransaction(pool, async (client) => {
      const open = { outbox, reports: newReports(client, (keys) => readKnown(cassandra, keys)) }
      const result = await work(client, open)
      const contents = outbox.contents()
      if (contents !== undefined) await keepOutbox(client, outbox.id, contents)
      return { result, reports: await open.reports.finish() }
    })
    await soon(settle(outbox.id, outbox.contents(), reports))
    return result
  }

  async function settle(id: string, contents: Outbox | undefined, reports: readonly DeliveryReport[]): Promise<void> {
    if (contents !== undefined) {
      await cassandra.write(outboxWrites(contents, time()))
      await forgetOutbox(pool, id)
    }
    await settleReports(reports)
  }

  async function settleReports(reports: readonly DeliveryReport[]): Promise<void> {
    if (reports.length === 0) return
    await cassandra.write(reports.map((report) => reportWrite(report, time())))
    await forgetReports(pool, reports)
  }

  const commit: LogEngine['commit'] = (work) => inOne((client, open) => work(client, writesOf(stores, client, open)))

  return {
    readInboxHead: async (userId) => {
      const { seq, unread, removedSeq, behind } = await readLogHead(pool, userId, time())
      return { seq, unread, removedSeq, behind }
    },
    readInboxPage: (query) => readInboxPage(stores, query),
    findInboxItems: (userId, ids) => findInboxItems(stores, userId, ids),
    areRead: (items) => areRead(stores, items),
    countUnreadByCategory: (userId) => countUnreadByCategory(stores, userId),
    readInboxChanges: (userId, after, upToSeq, limit) => readInboxChanges(stores, userId, after, upToSeq, limit),
    readOneChangeEach: (wanted) => readOneChangeEach(stores, wanted),
    markInboxItems: (mark, userId, notificationIds, at) =>
      inOne((client, { outbox }) => markInboxItems(stores, client, outbox, { mark, userId, notificationIds, now: at })),
    markInboxAllRead: (userId, sentUntil, at) =>
      inOne((client, { outbox }) => markInboxAllRead(stores, client, outbox, { userId, sentUntil, now: at })),
    logDeliveries: (deliveries, attempts) => cassandra.write(logWrites(deliveries, attempts, time())),
    readDeliveries: (notificationId, recipientIds) => readDeliveries(cassandra, notificationId, recipientIds),
    listLogged: (id, channel, behind, limit) => {
      refuseChannel(channel)
      return listInboxDeliveries(cassandra, id, behind, limit)
    },
    countLogged: (id, channel) => {
      refuseChannel(channel)
      return countInboxDeliveries(cassandra, id)
    },
    listDeliveriesOf: (userId, after, limit) => listDeliveriesOf(cassandra, userId, after, limit, time()),
    readAttempts: (keys) => readAttempts(cassandra, keys),
    messagesOfOthers: (key, messageIds) => messagesOfOthers(cassandra, key, messageIds),
    materialise: (work) => materialiseByCommit({ commit }, work),
    commit,
    async writeLeftovers() {
      const due = await takeDueOutboxes(pool, leftovers)
      const reports = await takeDueReports(pool, leftovers * 10)
      await settleReports(reports)
      for (const { id, writes, tries } of due) {
        await settle(id, writes, []).catch((error: unknown) => {
          log.warn({ err: error, tries }, 'the delivery log could not be written; trying again later')
        })
      }
      return due.length === leftovers
    },
  }
}

/** The others are known by user and recipient only. */
function refuseChannel(channel: Channel): void {
  if (channel !== 'IN_APP') throw new Error(`deliveries over ${channel} cannot be listed by notification`)
}

interface Open {
  readonly outbox: OpenOutbox
  readonly reports: OpenReports
}

function writesOf({ cassandra, time }: InboxStores, client: PoolClient, { outbox, reports }: Open): LogWrites {
  return {
    addInboxItems: (items) => {
      const { now, retentionMs } = time()
      return addInboxItems(client, items, outbox, { month: monthOf(now), oldest: oldestMonth(now, retentionMs) })
    },
    async absentItems(items) {
      await lockItems(client, items)
      const heads = await readLogHeads(client, [...new Set(items.map(({ userId }) => userId))], time())
      const there = await Promise.all(
        items.map(async ({ userId, notificationId }) => {
          const pending = overlayOf(userId, heads.get(userId)?.pending ?? [])
          return (await findPlaces(cassandra, userId, [notificationId], pending)).size > 0
        }),
      )
      return items.filter((_item, index) => there[index] === false)
    },
    logDeliveries: async (deliveries) => outbox.addDeliveries(deliveries),
    readAttempts: (keys) => readAttempts(cassandra, keys),
    lockReported: (given) => reports.lock(given),
    logReported: (changes) => reports.write(changes),
    forgetFailures: async (keys) => outbox.forget(keys, time().now),
  }
}

/** In one order: two who are about to add the same ones take turns. */
async function lockItems(client: PoolClient, items: readonly { userId: string; notificationId: string }[]) {
  const keys = items.map(({ userId, notificationId }) => `${notificationId} ${userId}`).sort()
  await client.query({
    name: 'lock-inbox-items',
    text: 'SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key',
    values: [keys],
  })
}

function* logWrites(
  deliveries: readonly LoggedDelivery[],
  attempts: readonly LoggedAttempt[],
  time: Time,
): Generator<CassandraWrite> {
  for (const delivery of deliveries) yield* deliveryWrites(delivery, time)
  for (const attempt of attempts) yield* attemptWrites(attempt, time)
}

async function readKnown(cassandra: Cassandra, keys: readonly DeliveryKey[]): Promise<readonly StoredDelivery[]> {
  const byNotification = Map.groupBy(keys, ({ notificationId }) => notificationId)
  const known = await Promise.all(
    [...byNotification].map(([id, each]) =>
      readDeliveries(cassandra, id, [...new Set(each.map(({ recipientId }) => recipientId))]),
    ),
  )
  return known.flat()
}

/** What is left behind by a failure, or by a Cassandra that takes long, is found again by the relay. */
async function soon(writing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  const told = writing.catch((error: unknown) => {
    log.warn({ err: error }, 'the delivery log could not be written; trying again later')
  })
  await Promise.race([told, late])
  clearTimeout(timer)
}
