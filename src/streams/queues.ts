import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { QueueReading } from '../domain/queue.ts'
import { providerChannels, type Tier } from '../domain/words.ts'
import {
  deliveriesStream,
  deliveriesSubject,
  feedbackStream,
  feedbackSubjects,
  notificationsStream,
  notificationsSubject,
} from './messages.ts'
import type { Streams } from './streams.ts'
import { dispatchConsumer, fanOutConsumer, feedbackConsumer } from './topology.ts'

type QueueKey = Pick<QueueReading, 'name' | 'tier' | 'channel' | 'isOnlyCopy'>

interface Queue extends QueueKey {
  readonly stream: string
  readonly consumer: string
  readonly subject: string
}

/** The queues that belong to a tier. What providers report serves all tiers; nobody should wait for it. */
function queuesOf(tier: Tier): readonly Queue[] {
  const fanOut: Queue = {
    name: notificationsSubject(tier),
    tier,
    channel: null,
    isOnlyCopy: false,
    stream: notificationsStream(tier),
    consumer: fanOutConsumer,
    subject: notificationsSubject(tier),
  }
  const lanes = providerChannels.map(
    (channel): Queue => ({
      name: deliveriesSubject(tier, channel),
      tier,
      channel,
      isOnlyCopy: false,
      stream: deliveriesStream(tier),
      consumer: dispatchConsumer(channel),
      subject: deliveriesSubject(tier, channel),
    }),
  )
  const feedback: Queue = {
    name: 'feedback',
    tier,
    channel: null,
    isOnlyCopy: true,
    stream: feedbackStream,
    consumer: feedbackConsumer,
    subject: feedbackSubjects,
  }
  return [fanOut, ...lanes, ...(tier === 'TRANSACTIONAL' ? [feedback] : [])]
}

/** Reads the queues of a tier. While NATS is away nothing is in them: what is not finished falls due in PostgreSQL. */
export async function readQueues(streams: Streams, tier: Tier): Promise<readonly QueueReading[]> {
  const queues = queuesOf(tier)
  if (!streams.connected()) return queues.map(empty)
  const manager = await jetstreamManager(await streams.connection, { checkAPI: false })
  return Promise.all(queues.map((queue) => readQueue(manager, queue).catch(() => empty(queue))))
}

async function readQueue(manager: JetStreamManager, queue: Queue): Promise<QueueReading> {
  const info = await manager.consumers.info(queue.stream, queue.consumer)
  const { num_pending: waiting, num_ack_pending: inFlight, delivered, ack_floor } = info
  const [oldest, oldestWaiting] = await Promise.all([
    waiting + inFlight === 0 ? null : timeOf(manager, queue, ack_floor.stream_seq + 1),
    waiting === 0 ? null : timeOf(manager, queue, delivered.stream_seq + 1),
  ])
  return {
    ...keyOf(queue),
    waiting,
    inFlight,
    oldest,
    oldestWaiting,
    finished: delivered.consumer_seq - inFlight,
  }
}

/** When the first message of the queue from that place on was published. */
async function timeOf(manager: JetStreamManager, { stream, subject }: Queue, seq: number): Promise<Date | null> {
  // The server knows `next_by_subj` here, too; the client's type says so of its other way to read messages only.
  const from = { seq, next_by_subj: subject }
  const message = await manager.streams.getMessage(stream, from)
  return message?.time ?? null
}

function empty(queue: Queue): QueueReading {
  return { ...keyOf(queue), waiting: 0, inFlight: 0, oldest: null, oldestWaiting: null, finished: 0 }
}

function keyOf({ name, tier, channel, isOnlyCopy }: Queue): QueueKey {
  return { name, tier, channel, isOnlyCopy }
}
