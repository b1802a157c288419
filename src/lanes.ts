import { randomUUID } from 'node:crypto'
import { accountId } from './channels/accounts.ts'
import { openProviders, type ProviderSettings } from './channels/providers.ts'
import { shareOf } from './domain/shedding.ts'
import { type Unsubscription, unsubscribePath, unsubscribeToken } from './domain/unsubscribe.ts'
import { type ProviderChannel, providerChannels, type Tier } from './domain/words.ts'
import { log } from './log.ts'
import type { Services } from './services.ts'
import { openClaims } from './store/claims.ts'
import { openDatabase } from './store/database.ts'
import { noteNotificationFault, noteSliceFault } from './store/faults.ts'
import { recipientCache } from './store/recipient-cache.ts'
import { type Consumption, consume } from './streams/consume.ts'
import {
  deliveriesStream,
  fanOutMeasured,
  fanOutMessage,
  type InboxReadBody,
  inboxRead,
  notificationsStream,
  sliceMessage,
} from './streams/messages.ts'
import { openSheddingReader } from './streams/shedding-reader.ts'
import { dispatchConsumer, fanOutConsumer } from './streams/topology.ts'
import { clearPushes } from './workers/clear-pushes.ts'
import { dispatch } from './workers/dispatch.ts'
import { fanOut } from './workers/fan-out.ts'
import { fanOutMeter } from './workers/fan-out-meter.ts'
import { watchThreshold } from './workers/fan-out-threshold.ts'
import { openGates } from './workers/gates.ts'
import { measureQueues } from './workers/measure-queues.ts'
import { messagesInFlight, tierShare } from './workers/metrics.ts'
import { notingFaults } from './workers/poison.ts'
import { startRelay } from './workers/relay.ts'

/** What a process does for the tiers it serves. */
export interface Duties {
  readonly fanOut: boolean
  readonly relay: boolean
  readonly dispatch: readonly ProviderChannel[]
}

export const allDuties: Duties = { fanOut: true, relay: true, dispatch: providerChannels }

export interface Lanes {
  /** Takes nothing new and resolves when what is in flight has ended. */
  stop(): Promise<void>
}

/**
 * How many messages of a lane a process works on at once: pages or slices, so up to a hundred times as many deliveries.
 * Dispatch has more of them than calls to one provider may be under way: a provider that hangs must not hold up the others
 * of its lane.
 */
const concurrency: Record<Tier, { readonly fanOut: number; readonly dispatch: number }> = {
  TRANSACTIONAL: { fanOut: 16, dispatch: 128 },
  SOCIAL: { fanOut: 8, dispatch: 96 },
  MARKETING: { fanOut: 2, dispatch: 32 },
}

/** How often a process tells how fast its fan-out is. */
const tellEveryMs = 2000

/** A process has ten seconds to stop, and what its last calls came to has to be written down. */
const callsEndWithinMs = 6000

const databaseConnections: Record<Tier, number> = { TRANSACTIONAL: 20, SOCIAL: 12, MARKETING: 6 }

/** Starts the lanes of a tier. Each tier has connections of its own, to PostgreSQL and to the providers. */
export function startLanes(services: Services, tier: Tier, duties: Duties, settings: ProviderSettings): Lanes {
  const { streams, cipher, policy, redis, config, pacing } = services
  const database = openDatabase({
    url: config.databaseUrl,
    maxConnections: databaseConnections[tier],
    name: `carillon ${tier}`,
    cassandra: services.cassandra,
  })
  const providers = openProviders(settings)
  const gates = openGates({
    tier,
    settings: config.gates,
    pacingOf: (provider) =>
      pacing({ id: accountId(provider, settings), budget: config.pacing.perSecond[provider] ?? Infinity }),
    streams,
    random: Math.random,
  })
  const hurry = new AbortController()
  const meter = fanOutMeter()
  const deps = {
    database,
    streams,
    cipher,
    policy,
    redis,
    readRecipients: recipientCache(redis),
    providers,
    gates: gates.of,
    takesPart: services.takesPart,
    warmShare: config.warmShare,
    unsubscribeUrl: (unsubscription: Unsubscription) =>
      config.publicUrl + unsubscribePath + unsubscribeToken(unsubscription, (text) => cipher.sign('unsubscribe', text)),
    claims: openClaims(database.pool, redis),
    now: () => new Date(),
    meter,
    hurry: hurry.signal,
    random: Math.random,
  }
  const consumptions = new Map<string, Consumption>()
  if (duties.fanOut) {
    const lane = {
      stream: notificationsStream(tier),
      consumer: fanOutConsumer,
      message: fanOutMessage,
      concurrency: concurrency[tier].fanOut,
    }
    consumptions.set(
      'fan-out',
      consume(
        streams,
        lane,
        notingFaults(
          (body) => fanOut(deps, body),
          ({ notificationId }) => noteNotificationFault(database.pool, notificationId),
        ),
      ),
    )
  }
  for (const channel of duties.dispatch) {
    const lane = {
      stream: deliveriesStream(tier),
      consumer: dispatchConsumer(channel),
      message: sliceMessage,
      concurrency: concurrency[tier].dispatch,
    }
    consumptions.set(
      channel,
      consume(
        streams,
        lane,
        notingFaults(
          (body, isRedelivery) => dispatch(deps, body, isRedelivery),
          ({ sliceId }) => noteSliceFault(database.pool, sliceId),
        ),
      ),
    )
  }
  const shedding = openSheddingReader(streams, () => throttle())
  const share = () => shareOf(tier, shedding.level())
  function throttle(): void {
    tierShare.set({ tier }, share())
    for (const consumption of consumptions.values()) consumption.throttle(share())
  }
  const relay = duties.relay ? startRelay(deps, tier, () => share() === 0) : undefined
  const measuring = duties.relay ? measureQueues({ ...deps, objectivesMs: config.objectivesMs }, tier) : undefined
  const { threshold: fixed, ...limits } = config.fanOut
  // TRANSACTIONAL has no followers, and what is fixed need not be watched.
  const isWatched = duties.relay && tier !== 'TRANSACTIONAL' && fixed === undefined
  const watching = isWatched ? watchThreshold({ database, streams, limits }, tier) : undefined
  const process = randomUUID()
  const telling = setInterval(() => {
    const work = meter.take()
    if (work.recipients > 0) streams.signal(fanOutMeasured, tier, { process, ...work })
  }, tellEveryMs).unref()
  const stopClearing =
    config.pushClears && duties.dispatch.includes('PUSH')
      ? streams.listen(inboxRead, undefined, clearing, `clear-pushes.${tier}`)
      : undefined
  function clearing(read: InboxReadBody): void {
    clearPushes(deps, tier, read).catch((error) => log.warn({ err: error }, 'what was read could not be cleared'))
  }
  const gauge = setInterval(() => {
    throttle()
    for (const [lane, consumption] of consumptions) messagesInFlight.set({ tier, lane }, consumption.inFlight())
  }, 1000).unref()
  return {
    async stop() {
      clearInterval(gauge)
      shedding.close()
      clearInterval(telling)
      stopClearing?.()
      const hurrying = setTimeout(() => hurry.abort(), callsEndWithinMs)
      await Promise.all([relay?.stop(), measuring?.stop(), watching?.stop()])
      await Promise.all([...consumptions.values()].map((consumption) => consumption.stop()))
      clearTimeout(hurrying)
      gates.stop()
      await providers.close()
      await database.close()
    },
  }
}
