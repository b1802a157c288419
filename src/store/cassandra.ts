import { auth, Client, types } from 'cassandra-driver'
import { cassandraRetries, speculateOnReads } from './cassandra-policies.ts'

export interface CassandraSettings {
  /** "host:port", each of any node. */
  readonly contactPoints: readonly string[]
  readonly dataCenter: string
  readonly keyspace: string
  /** On how many nodes of the data centre a row is; undefined: on three, or on all of fewer. For a keyspace that is made. */
  readonly replication: number | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** How long after the end of its month anything is kept. */
  readonly retentionMs: number
}

/** One row to be written. */
export interface CassandraWrite {
  readonly text: string
  /** undefined: not written. Never null, which would be a tombstone. */
  readonly values: readonly unknown[]
  /** Those of one partition go together. */
  readonly partition: string
}

export interface CassandraPage {
  readonly rows: readonly CassandraRow[]
  readonly next: string | undefined
}

export type CassandraRow = Readonly<Record<string, unknown>>

/** The delivery log's own connections to Cassandra; as many users in a process as there are share them. */
export interface Cassandra {
  readonly settings: CassandraSettings
  rows(text: string, values: readonly unknown[], fetchSize?: number): Promise<readonly CassandraRow[]>
  /** A page of all rows that a statement finds, in the order of their partitions, and where the next one begins. */
  page(text: string, after: string | undefined): Promise<CassandraPage>
  /** Resolves when every row is where it belongs, on a quorum; memory and requests in flight are bounded. */
  write(writes: Iterable<CassandraWrite>): Promise<void>
  /** Whether it answers. */
  answers(): Promise<boolean>
  close(): Promise<void>
}

/** So many requests of one call are under way at once. */
const inFlight = 64
/** A server warns of batches above 5 KB, and refuses those above 50 KB. Rows that go together have some 150 bytes. */
const rowsInBatch = 20

/** Connects when it is first used, and again by itself. */
export function openCassandra(settings: CassandraSettings, name: string): Cassandra {
  const client = cassandraClient(settings, name, settings.keyspace)
  return {
    settings,
    async rows(text, values, fetchSize = 5000) {
      const found: CassandraRow[] = []
      const options = { prepare: true, isIdempotent: true, fetchSize }
      const result = await client.execute(text, [...values], options)
      if (result.pageState === null || result.pageState === undefined) return result.rows
      for await (const row of result) found.push(row)
      return found
    },
    async page(text, after) {
      const from = after === undefined ? {} : { pageState: after }
      const options = { prepare: true, isIdempotent: true, fetchSize: 1000, ...from }
      const { rows, pageState } = await client.execute(text, [], options)
      return { rows, next: pageState ?? undefined }
    },
    async write(writes) {
      const batches = inBatches(writes)
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (const batch of batches) await send(client, batch)
        }),
      )
    },
    answers: () =>
      client.execute('SELECT key FROM system.local', [], { isIdempotent: true }).then(
        () => true,
        () => false,
      ),
    close: () => client.shutdown(),
  }
}

export function cassandraClient(settings: CassandraSettings, name: string, keyspace?: string): Client {
  const { contactPoints, dataCenter, username, password } = settings
  return new Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCenter,
    ...(keyspace !== undefined && { keyspace }),
    ...(username !== undefined && { authProvider: new auth.PlainTextAuthProvider(username, password ?? '') }),
    applicationName: name,
    // The default policy is aware of tokens and of the data centre.
    policies: { retry: cassandraRetries(), speculativeExecution: speculateOnReads },
    queryOptions: { consistency: types.consistencies.localQuorum, prepare: true, isIdempotent: true },
    socketOptions: { connectTimeout: 3000, readTimeout: 10_000 },
    pooling: { warmup: true },
  })
}

async function send(client: Client, batch: readonly CassandraWrite[]): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  if (batch.length === 1) {
    await client.execute(first.text, [...first.values], { prepare: true, isIdempotent: true })
    return
  }
  await client.batch(
    batch.map(({ text, values }) => ({ query: text, params: [...values] })),
    { prepare: true, isIdempotent: true, logged: false },
  )
}

/** Looks a little ahead for rows of one partition; hands out batches as they are asked for. */
function* inBatches(writes: Iterable<CassandraWrite>): Generator<readonly CassandraWrite[]> {
  const open = new Map<string, CassandraWrite[]>()
  for (const write of writes) {
    const batch = open.get(write.partition)
    if (batch === undefined) open.set(write.partition, [write])
    else batch.push(write)
    if (batch?.length === rowsInBatch) {
      open.delete(write.partition)
      yield batch
    }
    if (open.size > inFlight) {
      const [oldest] = open
      if (oldest === undefined) continue
      open.delete(oldest[0])
      yield oldest[1]
    }
  }
  yield* open.values()
}

/** Column values, as the driver tells them. */
export const numberOf = (value: unknown): number => Number(value)
export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
export const dateOf = (value: unknown): Date | null => (value instanceof Date && value.getTime() !== 0 ? value : null)
