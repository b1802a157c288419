import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'
import type { Checkup } from '../domain/checkup.ts'
import type { ClockReading } from '../domain/clock-skew.ts'
import { type Diagnosis, ok, problem, warning } from '../domain/diagnosis.ts'
import { serverPlaces } from '../domain/server-places.ts'
import { isAtLeast } from '../domain/version-order.ts'
import { tiers } from '../domain/words.ts'
import { deliveriesStream, feedbackStream, notificationsStream } from './messages.ts'
import { natsProblem } from './nats-problem.ts'
import { openStreams } from './streams.ts'

const subject = 'NATS'
const leastVersion = '2.14'
const names = [...tiers.flatMap((tier) => [notificationsStream(tier), deliveriesStream(tier)]), feedbackStream]

export async function checkNats(url: string, replicas: number): Promise<Checkup> {
  const place = serverPlaces(url)
  const mend = 'start it, or correct NATS_URL'
  try {
    const streams = await openStreams(url, 'carillon doctor')
    try {
      return await look(await streams.connection, place, replicas)
    } finally {
      await streams.close()
    }
  } catch (error) {
    return { diagnoses: [problem(subject, `${place} ${natsProblem(error).why}`, mend)] }
  }
}

async function look(connection: NatsConnection, place: string, replicas: number): Promise<Checkup> {
  const version = connection.info?.version ?? 'unknown'
  const found = `${version} at ${place}`
  const server = isAtLeast(version, leastVersion)
    ? ok(subject, found)
    : problem(subject, found, `use ${leastVersion} or later`)
  const manager = await jetstreamManager(connection).catch((error: unknown) => natsProblem(error).why)
  if (typeof manager === 'string') {
    const mend = 'start NATS with --jetstream, and let this account use it'
    return { diagnoses: [server, problem('JetStream', `NATS ${manager}`, mend)] }
  }
  const sent = Date.now()
  const streams = await streamsOf(manager)
  const clocks = streams.flatMap((stream) => clockOf(stream, sent) ?? []).slice(0, 1)
  return { diagnoses: [server, judgeStreams(streams, replicas)], clocks }
}

async function streamsOf(manager: JetStreamManager): Promise<readonly StreamInfo[]> {
  const found = await Promise.all(names.map((name) => manager.streams.info(name).catch(() => undefined)))
  return found.filter((each) => each !== undefined)
}

function judgeStreams(streams: readonly StreamInfo[], replicas: number): Diagnosis {
  const missing = names.filter((name) => !streams.some(({ config }) => config.name === name))
  const others = streams.filter(({ config }) => config.num_replicas !== replicas)
  if (missing.length > 0) {
    const mend = 'start any role: it makes what is missing, and what was in there falls due again from PostgreSQL'
    return warning('JetStream', `the streams ${missing.join(', ')} are missing`, mend)
  }
  if (others.length > 0) {
    const counts = [...new Set(others.map(({ config }) => config.num_replicas))].join(', ')
    const found = `streams have ${counts} replicas, and NATS_REPLICAS is ${replicas}`
    return warning('JetStream', found, 'start any role: it changes that, if the cluster has as many servers')
  }
  return ok('JetStream', `all ${names.length} streams are there`)
}

/** The server's own time, which the client library does not know of. */
function clockOf(stream: StreamInfo, sent: number): ClockReading | undefined {
  const at = 'ts' in stream && typeof stream.ts === 'string' ? Date.parse(stream.ts) : Number.NaN
  return Number.isNaN(at) ? undefined : { whose: subject, sent, received: Date.now(), from: at, to: at }
}
