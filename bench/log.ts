import { ulid } from 'ulid'
import { notificationId } from '../src/domain/ids.ts'
import { bareCassandra } from '../src/store/bare-cassandra.ts'
import { type CassandraSettings, openCassandra } from '../src/store/cassandra.ts'
import { migrateCassandra } from '../src/store/cassandra-migrations.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { median, quantile, rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { type BenchServers, startBenchServers } from './servers.ts'

const users = 500
const itemsOfUser = 200

/** Pages of an inbox with each engine of the delivery log, and writes against the driver's own `executeConcurrent`. */
export async function deliveryLog({ quick, say }: SuiteOptions): Promise<Report> {
  process.env['CARILLON_DELIVERY_LOG'] = 'cassandra'
  say('starting PostgreSQL and Cassandra')
  const servers = await startBenchServers()
  const settings = settingsOf(servers)
  await migrateCassandra(settings, servers.env.DATABASE_URL)
  const pages = await readPages(servers, settings, { quick, say })
  const writes = await writeRows(settings, { quick, say })
  await servers.stop()
  return {
    tables: [
      { title: `a page of 20 of an inbox with ${itemsOfUser} items, ${users} users, 8 readers`, rows: pages },
      { title: 'rows of notification_log, each of another partition', rows: writes },
    ],
    notes: [
      'Engines are called directly, without a gateway; each is filled through its own commits. A page of the Cassandra engine is a head from PostgreSQL, then items and states from Cassandra.',
      'Servers and client share the machine. Cassandra runs as `npm start` runs it: 512 MB of heap, the serial collector, the first compiler only.',
      'The heap of the client is sampled every 50 ms while it writes; executeConcurrent is given its rows as an array, the engine as a generator.',
    ],
  }
}

function settingsOf({ env }: BenchServers): CassandraSettings {
  return {
    contactPoints: [env.CASSANDRA_CONTACT_POINTS ?? ''],
    dataCenter: 'datacenter1',
    keyspace: 'carillon',
    replication: 1,
    username: undefined,
    password: undefined,
    retentionMs: 400 * 86_400_000,
  }
}

async function readPages(servers: BenchServers, settings: CassandraSettings, { quick, say }: SuiteOptions) {
  const cassandra = openCassandra(settings, 'bench')
  const shared = { url: servers.env.DATABASE_URL, maxConnections: 10, name: 'bench' }
  const engines: Readonly<Record<string, Database>> = {
    PostgreSQL: openDatabase(shared),
    Cassandra: openDatabase({ ...shared, cassandra }),
  }
  for (const [name, database] of Object.entries(engines)) {
    say(`filling inboxes: ${name}`)
    await fill(database, name, quick ? 30 : itemsOfUser)
  }
  say('warming up')
  for (const [name, database] of Object.entries(engines)) await read(database, name, quick ? 500 : 8000)
  say('measuring in turn')
  const measured = await inTurn(Object.keys(engines), quick ? 1 : 5, async (name) => {
    const database = engines[name]
    return database === undefined ? [] : read(database, name, quick ? 500 : 4000)
  })
  for (const database of Object.values(engines)) await database.close()
  await cassandra.close()
  return [...measured].map(([name, values]) => pageRow(name, values))
}

async function fill({ log }: Database, name: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const id = notificationId(ulid())
    const items = Array.from({ length: users }, (_, user) => ({
      userId: `${name}-${user}`,
      notificationId: id,
      tier: 'SOCIAL' as const,
      category: 'social.like',
      title: 'Ada liked your post',
      body: 'She was the first one. Have a look at what the others say.',
      deepLink: `app://post/${n}`,
      actions: [],
      data: { postId: `${n}` },
      sentAt: new Date(),
    }))
    await log.commit((_client, writes) => writes.addInboxItems(items))
  }
}

/** How long each of so many pages took, in milliseconds. */
async function read({ log }: Database, name: string, count: number): Promise<readonly number[]> {
  const latencies: number[] = []
  let asked = 0
  const reader = async () => {
    while (asked < count) {
      const userId = `${name}-${(asked++ * 7919) % users}`
      const begun = performance.now()
      const { items } = await log.readInboxPage({
        userId,
        beforeSeq: undefined,
        unreadOnly: false,
        category: undefined,
        archived: false,
        limit: 20,
      })
      latencies.push(performance.now() - begun)
      if (items.length !== 20) throw new Error(`a page of ${name} has ${items.length} items`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, reader))
  return latencies
}

function pageRow(name: string, measured: readonly Measured<readonly number[]>[]): Row {
  const rounds = measured.map(({ value }) => value)
  return {
    engine: name,
    'p50 ms': rounded(median(rounds.map((each) => quantile(each, 0.5))), 2),
    'p99 ms': rounded(median(rounds.map((each) => quantile(each, 0.99))), 2),
    'foreign cores': worstForeign(measured),
  }
}

interface Written {
  readonly perSecond: number
  readonly heapMb: number
}

async function writeRows(settings: CassandraSettings, { quick, say }: SuiteOptions): Promise<readonly Row[]> {
  const count = quick ? 5000 : 40_000
  const cassandra = openCassandra(settings, 'bench')
  const bare = bareCassandra(settings)
  let run = 0
  const contenders: Readonly<Record<string, () => Promise<unknown>>> = {
    executeConcurrent: () =>
      bare.executeConcurrent(
        text,
        [...rows(run++, count)].map(({ values }) => values),
        128,
      ),
    'the engine': () => cassandra.write(rows(run++, count)),
  }
  say('writing: warming up')
  for (const write of Object.values(contenders)) await write()
  say('writing: measuring in turn')
  const measured = await inTurn(Object.keys(contenders), quick ? 1 : 5, async (name) => {
    globalThis.gc?.()
    const [begun, before] = [performance.now(), process.memoryUsage().heapUsed]
    let most = before
    const sampling = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed)
    }, 50)
    await contenders[name]?.()
    clearInterval(sampling)
    return { perSecond: (count * 1000) / (performance.now() - begun), heapMb: (most - before) / 1024 ** 2 }
  })
  await bare.close()
  await cassandra.close()
  return [...measured].map(([name, values]) => writeRow(name, values))
}

function writeRow(name: string, measured: readonly Measured<Written>[]): Row {
  return {
    contender: name,
    'rows/s': rounded(median(measured.map(({ value }) => value.perSecond))),
    'more heap MB': rounded(median(measured.map(({ value }) => value.heapMb))),
    'foreign cores': worstForeign(measured),
  }
}

const text = `INSERT INTO notification_log (user_id, month, created_seq, notification_id, tier, category, title, body, sent_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?`

function* rows(run: number, count: number) {
  for (let n = 0; n < count; n++) {
    const userId = `writer-${run}-${n}`
    const content = ['SOCIAL', 'social.like', 'Ada liked your post', 'Have a look', new Date()]
    yield { text, values: [userId, 202611, 1, `ntf-${n}`, ...content, 86_400], partition: userId }
  }
}
