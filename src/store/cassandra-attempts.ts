import type { DeliveryKey } from '../domain/ids.ts'
import type { Attempt } from './attempts.ts'
import { type Cassandra, type CassandraRow, type CassandraWrite, numberOf, textOf } from './cassandra.ts'
import { bucketOf } from './cassandra-bucket.ts'
import { chunks } from './cassandra-items.ts'
import type { LoggedAttempt } from './delivery-log.ts'
import type { Time } from './inbox-log-head.ts'

export function* attemptWrites(attempt: LoggedAttempt, { retentionMs }: Time): Generator<CassandraWrite> {
  const { notificationId, recipientId, channel, outcome, code, providerMessageId } = attempt
  const bucket = bucketOf(recipientId)
  const ttl = Math.ceil(retentionMs / 1000)
  yield {
    text: `INSERT INTO delivery_attempt (notification_id, bucket, recipient_id, channel, attempt, target, known, at, provider,
        outcome, code, latency_ms, provider_message_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?`,
    values: [
      notificationId,
      bucket,
      recipientId,
      channel,
      attempt.attempt,
      attempt.target,
      outcome !== 'unknown',
      attempt.at,
      attempt.provider,
      outcome,
      code ?? undefined,
      Math.round(attempt.latencyMs),
      providerMessageId ?? undefined,
      ttl,
    ],
    partition: `attempt ${bucket} ${notificationId}`,
  }
  if (providerMessageId === null) return
  yield {
    text: 'INSERT INTO provider_message (message_id, notification_id, recipient_id, channel) VALUES (?, ?, ?, ?) USING TTL ?',
    values: [providerMessageId, notificationId, recipientId, channel, ttl],
    partition: `message ${providerMessageId}`,
  }
}

/** The attempts at each of the deliveries, oldest first. */
export async function readAttempts(
  cassandra: Cassandra,
  keys: readonly DeliveryKey[],
): Promise<readonly (readonly Attempt[])[]> {
  const partitions = Map.groupBy(
    keys,
    ({ notificationId, recipientId }) => `${bucketOf(recipientId)} ${notificationId}`,
  )
  const rows = await Promise.all(
    [...partitions.values()].flatMap((each) =>
      chunks([...new Set(each.map(({ recipientId }) => recipientId))]).map((recipientIds) => {
        const [{ notificationId, recipientId } = { notificationId: '', recipientId: '' }] = each
        return cassandra.rows(
          'SELECT * FROM delivery_attempt WHERE notification_id = ? AND bucket = ? AND recipient_id IN ?',
          [notificationId, bucketOf(recipientId), recipientIds],
        )
      }),
    ),
  )
  const byKey = Map.groupBy(rows.flat(), (row) => `${row['notification_id']} ${row['recipient_id']} ${row['channel']}`)
  return keys.map(({ notificationId, recipientId, channel }) =>
    attemptsOf(byKey.get(`${notificationId} ${recipientId} ${channel}`) ?? []),
  )
}

/** Where it became known what had come of one, that is told. */
function attemptsOf(rows: readonly CassandraRow[]): readonly Attempt[] {
  const calls = new Map<string, CassandraRow>()
  for (const row of rows) {
    const call = `${row['attempt']} ${row['target']}`
    if (row['known'] === true || !calls.has(call)) calls.set(call, row)
  }
  return [...calls.values()]
    .map((row) => ({ target: String(row['target']), attempt: attemptOf(row) }))
    .sort(
      (a, b) =>
        a.attempt.at.getTime() - b.attempt.at.getTime() ||
        a.attempt.attempt - b.attempt.attempt ||
        (a.target < b.target ? -1 : 1),
    )
    .map(({ attempt }) => attempt)
}

function attemptOf(row: CassandraRow): Attempt {
  return {
    attempt: numberOf(row['attempt']),
    at: row['at'] as Date,
    provider: String(row['provider']),
    outcome: String(row['outcome']),
    code: textOf(row['code']),
    latencyMs: numberOf(row['latency_ms']),
  }
}

/** Of these ids of a provider, those that other deliveries of the same recipient on the same channel are known by. */
export async function messagesOfOthers(
  cassandra: Cassandra,
  { notificationId, recipientId, channel }: DeliveryKey,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await Promise.all(
    messageIds.map((id) => cassandra.rows('SELECT * FROM provider_message WHERE message_id = ?', [id])),
  )
  const others = rows
    .flat()
    .filter(
      (row) =>
        row['recipient_id'] === recipientId && row['channel'] === channel && row['notification_id'] !== notificationId,
    )
  return new Set(others.map((row) => String(row['message_id'])))
}
