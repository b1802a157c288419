import { expect, test } from 'vitest'
import { aReport } from '../../test/setup/a-delivery.ts'
import { cassandraSettings } from '../../test/setup/a-log.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { addItems, aNewItem, fillInbox } from '../../test/setup/inbox.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { type Cassandra, openCassandra } from './cassandra.ts'
import { cassandraLog } from './cassandra-log.ts'
import { migrateCassandra } from './cassandra-migrations.ts'
import { copyLog, LogInUse } from './copy-log.ts'
import { openDatabase } from './database.ts'
import { engineInUse } from './engine-in-use.ts'
import type { LogEngine } from './log-engine.ts'
import { acceptNotification } from './notifications.ts'
import { applyReports } from './reports.ts'

const now = new Date()
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

/** All that an engine tells of some users. */
async function picture(log: LogEngine, userIds: readonly string[], notificationId: string) {
  const page = { beforeSeq: undefined, unreadOnly: false, category: undefined, archived: false, limit: 1000 }
  return Promise.all(
    userIds.map(async (userId) => ({
      ...(await log.readInboxPage({ ...page, userId })),
      archived: (await log.readInboxPage({ ...page, userId, archived: true })).items,
      counts: await log.countUnreadByCategory(userId),
      deliveries: await log.readDeliveries(notificationId, [userId]),
      listed: await log.listDeliveriesOf(userId, undefined, 1000),
      attempts: await log.readAttempts([{ notificationId, recipientId: userId, channel: 'SMS' }]),
    })),
  )
}

test('the log goes to Cassandra and back, goes on after a break, and loses nothing', { timeout: 120_000 }, async () => {
  const keyspace = unique('copy').replace('-', '_')
  const settings = cassandraSettings()
  if (settings === undefined) throw new Error('there is no Cassandra: this test belongs to "npm run test:cassandra"')
  const database = await ownDatabase('copy-log')
  const { pool } = database
  const own = { ...settings, keyspace }
  const url = await urlOf(pool)
  expect(await migrateCassandra(own, url)).toEqual(['0001_log'])
  const cassandra = openCassandra(own, 'copy-log-test')
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const copy = { pool, cassandra, now, say }

  const userIds = Array.from({ length: 120 }, (_, n) => `user-${String(n).padStart(3, '0')}`)
  for (const days of [70, 40, 5]) {
    const { notificationId } = aNewItem({ userId: '' })
    await addItems(database, ...userIds.map((userId) => aNewItem({ userId, notificationId, sentAt: daysAgo(days) })))
  }
  const [ada = '', bob = ''] = userIds
  const ids = await fillInbox(database, ada, 5, { sentAt: daysAgo(1), data: { n: 1 }, deepLink: 'app://x' })
  await database.log.markInboxItems('markRead', ada, ids.slice(0, 2), now)
  await database.log.markInboxItems('archive', ada, ids.slice(1, 3), now)
  await database.log.markInboxAllRead(bob, daysAgo(30), now)
  const { notification } = await acceptNotification(pool, aNewNotification({ audience: { userIds } }), undefined)
  const key = (recipientId: string) => ({ notificationId: notification.id, recipientId, channel: 'SMS' as const })
  const call = { target: '', at: now, provider: 'twilio', code: null, latencyMs: 4 } as const
  await database.log.logDeliveries(
    userIds.map((id, n) => ({
      ...key(id),
      state: n % 2 === 0 ? ('SENT' as const) : ('FAILED' as const),
      reason: n % 2 === 0 ? null : 'stale_target',
      provider: 'twilio',
      updatedAt: now,
    })),
    userIds.flatMap((id) => [
      { ...key(id), ...call, attempt: 1, outcome: 'unknown' as const, providerMessageId: null },
      { ...key(id), ...call, attempt: 2, outcome: 'accepted' as const, providerMessageId: `SM-${id}` },
    ]),
  )
  await applyReports(database, [aReport(key(ada), 'DELIVERED', { provider: 'twilio', at: now })])

  // Carillon goes on while it is copied, and the copy breaks off once.
  const running = openDatabase({ url, maxConnections: 2, name: 'carillon gateway' })
  let writes = 0
  const breaking: Cassandra = {
    ...cassandra,
    write: (rows) => (++writes > 70 ? Promise.reject(new Error('broken')) : cassandra.write(rows)),
  }
  await expect(copyLog({ ...copy, cassandra: breaking }, 'cassandra')).rejects.toThrow('broken')
  expect(await engineInUse(pool)).toEqual({ engine: 'postgres', copyingTo: null })
  await fillInbox(running, ada, 2, { sentAt: now })
  const copied = copyLog(copy, 'cassandra')
  const isToStop = () => said.some((line) => line.includes('stop every process of Carillon now ("carillon gateway")'))
  const cy = userIds[2] ?? ''
  for (let n = 0; !isToStop() || n < 5; n++) {
    await fillInbox(running, n % 2 === 0 ? ada : `new-${n}`, 1, { sentAt: now })
    await running.log.markInboxItems('markRead', ada, ids.slice(3, 5), now)
    const [sent] = [{ ...key(cy), state: 'SENT' as const, reason: null, provider: 'twilio' as const, updatedAt: now }]
    await running.log.logDeliveries(
      [sent],
      [{ ...key(cy), ...call, attempt: 3 + n, outcome: 'retryable', providerMessageId: null }],
    )
    await running.log.commit((_client, writes) => writes.forgetFailures([key(userIds[3] ?? '')]))
  }
  expect(await engineInUse(pool)).toEqual({ engine: 'postgres', copyingTo: 'cassandra' })
  const before = await picture(running.log, userIds, notification.id)
  await running.close()
  await copied
  expect(said).toContain('inboxes: going on where the run before has ended')
  expect(await engineInUse(pool)).toEqual({ engine: 'cassandra', copyingTo: null })
  expect((await pool.query('SELECT FROM log_changed')).rows).toEqual([])
  const log = cassandraLog(pool, cassandra)
  expect(await picture(log, userIds, notification.id)).toEqual(before)

  // Who has not heard of it is refused.
  await expect(fillInbox(database, ada, 1)).rejects.toThrow('the delivery log of this installation is in cassandra now')

  // It goes on there, and comes back with what has happened since.
  await addItems({ log }, aNewItem({ userId: bob, sentAt: now }))
  await log.markInboxItems('markUnread', ada, ids.slice(0, 1), now)
  await applyReports({ log }, [aReport(key(bob), 'FAILED', { reason: 'bounced', provider: 'twilio', at: now })])
  const since = await picture(log, userIds, notification.id)
  const late = openDatabase({ url, maxConnections: 1, name: 'carillon gateway' })
  await late.pool.query('SELECT 1')
  await expect(copyLog(copy, 'postgres')).rejects.toThrow(LogInUse)
  await late.close()
  await copyLog(copy, 'postgres')
  expect(await engineInUse(pool)).toEqual({ engine: 'postgres', copyingTo: null })
  expect(await picture(database.log, userIds, notification.id)).toEqual(since)
  await expect(fillInbox({ log }, ada, 1)).rejects.toThrow('the delivery log of this installation is in postgres now')
  await fillInbox(database, ada, 1)
  await cassandra.close()
  await database.close()
})

async function urlOf(pool: { query(text: string): Promise<{ rows: { name: string }[] }> }): Promise<string> {
  const { rows } = await pool.query('SELECT current_database() AS name')
  return Object.assign(new URL(process.env['DATABASE_URL'] ?? ''), { pathname: rows[0]?.name ?? '' }).href
}
