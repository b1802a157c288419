import { z } from 'zod'
import { defaultPolicySettings, openPolicy } from '../../src/domain/policy.ts'
import { openCipher } from '../../src/store/cipher.ts'
import { openDatabase } from '../../src/store/database.ts'
import { recipientCache } from '../../src/store/recipient-cache.ts'
import { openRedis } from '../../src/store/redis.ts'
import { consume } from '../../src/streams/consume.ts'
import { fanOutMessage, notificationsStream } from '../../src/streams/messages.ts'
import { openStreams } from '../../src/streams/streams.ts'
import { fanOutConsumer } from '../../src/streams/topology.ts'
import { loadTimeZones } from '../../src/time-zone-data.ts'
import { fanOut } from '../../src/workers/fan-out.ts'
import { setting } from '../gateway.ts'
import { answerQuestions } from '../process.ts'
import { used } from './used.ts'

/* The fan-out of SOCIAL, as a worker has it: what the bench publishes, it expands. */

const database = openDatabase({ url: setting('DATABASE_URL'), maxConnections: 12, name: 'bench ours' })
const streams = await openStreams(setting('NATS_URL'), 'bench ours')
await streams.declare()
const redis = openRedis(setting('REDIS_URL'), 'bench ours')
const deps = {
  database,
  streams,
  redis,
  cipher: openCipher('a secret key for the benchmark'),
  policy: openPolicy(loadTimeZones(), defaultPolicySettings),
  readRecipients: recipientCache(redis),
  now: () => new Date(),
}
const lane = {
  stream: notificationsStream('SOCIAL'),
  consumer: fanOutConsumer,
  message: fanOutMessage,
  concurrency: 8,
}
consume(streams, lane, (body) => fanOut(deps, body))

/** Asked for notifications that have been accepted: publishes them, and resolves when the last has been expanded. */
answerQuestions(async (asked) => {
  const { ids } = z.object({ ids: z.array(z.string()) }).parse(asked)
  const measure = used()
  await Promise.all(
    ids.map((notificationId) =>
      streams.publish(fanOutMessage, { notificationId, tier: 'SOCIAL', page: 0, generation: 0 }),
    ),
  )
  for (;;) {
    const { rows } = await database.pool.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM notification WHERE id = ANY($1) AND state IN ('ACCEPTED', 'FANNING_OUT')`,
      [ids],
    )
    if (rows[0]?.left === 0) return measure()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
