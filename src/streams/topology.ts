import {
  type ConsumerConfig,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from 'nats'
import { type ProviderChannel, providerChannels, type Tier, tiers } from '../domain/words.ts'
import {
  deliveriesStream,
  deliveriesSubject,
  feedbackStream,
  feedbackSubjects,
  notificationsStream,
  notificationsSubject,
} from './messages.ts'

/** How many messages of a lane may be on their way to workers at once. */
const ackWindow: Record<Tier, number> = { TRANSACTIONAL: 1000, SOCIAL: 500, MARKETING: 200 }

/** A worker that says nothing for this long has died: the message goes to another one. */
const ackWaitMs = 30_000

export const fanOutConsumer = 'fan-out'
export const feedbackConsumer = 'feedback'

/** Streams hold the next few seconds of work; what they lose falls due again in PostgreSQL. */
const maxAgeMs = 3_600_000
/** What a provider has reported is nowhere else. */
const feedbackMaxAgeMs = 7 * 24 * 3_600_000
const feedbackAckWindow = 500

export interface Placement {
  /** Of each stream: 3 in a cluster. */
  readonly replicas: number
  /** Only servers with all of these (`server_tags` of nats-server) have our streams; none: any. */
  readonly tags?: readonly string[]
}

/**
 * Brings streams and consumers up to date: makes what is missing, changes what differs, leaves the rest alone.
 * Any number of processes may run it at once.
 */
export async function declareTopology(connection: NatsConnection, placement: Placement): Promise<void> {
  const manager = await jetstreamManager(connection)
  for (const tier of tiers) {
    await declareStream(manager, notificationsStream(tier), [notificationsSubject(tier)], placement)
    await declareConsumer(
      manager,
      notificationsStream(tier),
      fanOutConsumer,
      notificationsSubject(tier),
      ackWindow[tier],
    )
    const subjects = providerChannels.map((channel) => deliveriesSubject(tier, channel))
    await declareStream(manager, deliveriesStream(tier), subjects, placement)
    for (const channel of providerChannels) {
      const subject = deliveriesSubject(tier, channel)
      await declareConsumer(manager, deliveriesStream(tier), dispatchConsumer(channel), subject, ackWindow[tier])
    }
  }
  await declareStream(manager, feedbackStream, [feedbackSubjects], placement, feedbackMaxAgeMs)
  await declareConsumer(manager, feedbackStream, feedbackConsumer, feedbackSubjects, feedbackAckWindow)
}

export function dispatchConsumer(channel: ProviderChannel): string {
  return `dispatch-${channel.toLowerCase()}`
}

/** "stream name already in use with a different configuration", of nats-server's errors.json. */
const otherConfiguration = 10058

async function declareStream(
  manager: JetStreamManager,
  name: string,
  subjects: string[],
  { replicas, tags = [] }: Placement,
  ageMs = maxAgeMs,
): Promise<void> {
  const wanted: Partial<StreamConfig> & { name: string } = {
    name,
    subjects,
    retention: 'limits',
    discard: 'new',
    max_age: nanos(ageMs),
    max_bytes: 1024 ** 3,
    duplicate_window: nanos(120_000),
    num_replicas: replicas,
    ...(tags.length > 0 ? { placement: { cluster: '', tags: [...tags] } } : {}),
  }
  // Adding what is there already with the same configuration changes nothing; with another one it is refused.
  await manager.streams.add(wanted).catch(async (error: unknown) => {
    if (!(error instanceof JetStreamApiError) || error.code !== otherConfiguration) throw error
    await manager.streams.update(name, wanted)
  })
}

async function declareConsumer(
  manager: JetStreamManager,
  stream: string,
  name: string,
  subject: string,
  window: number,
): Promise<void> {
  const wanted: Partial<ConsumerConfig> = {
    durable_name: name,
    ack_policy: 'explicit',
    filter_subject: subject,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: window,
  }
  await manager.consumers.add(stream, wanted).catch(() => manager.consumers.update(stream, name, wanted))
}
