import { randomUUID } from 'node:crypto'
import type { ProviderName, Tier } from '../domain/words.ts'
import type { Pacing } from '../store/pacing.ts'
import { providerHealth } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import type { Gate } from './gate.ts'
import { providerLimit } from './gate-metrics.ts'
import { type GateSettings, openProviderGate, type ProviderGate } from './provider-gate.ts'

export interface GatesDeps {
  readonly tier: Tier
  readonly settings: GateSettings
  readonly pacingOf: (provider: ProviderName) => Pacing
  readonly streams: Pick<Streams, 'signal'>
  readonly random: () => number
}

/** What stands between the lanes of a tier and their providers: a gate for each. */
export interface Gates {
  of(provider: ProviderName): Gate
  stop(): void
}

const everyMs = 1000
/** Told again though nothing has changed: others forget what they have not heard of for a while. */
const heartbeatMs = 5000

export function openGates({ tier, settings, pacingOf, streams, random }: GatesDeps): Gates {
  const process = randomUUID()
  const gates = new Map<ProviderName, ProviderGate>()
  let told = { at: 0, changes: 0 }

  function open(provider: ProviderName): ProviderGate {
    const gate = openProviderGate({ provider, tier, settings, pacing: pacingOf(provider), now: monotonicNow, random })
    gates.set(provider, gate)
    return gate
  }

  function look(): void {
    for (const [provider, gate] of gates) {
      gate.look()
      const limit = pacingOf(provider).perSecond()
      if (limit === Infinity) providerLimit.remove({ provider })
      else providerLimit.set({ provider }, limit)
    }
    const changes = [...gates.values()].reduce((sum, gate) => sum + gate.changes(), 0)
    const at = monotonicNow()
    if (changes === told.changes && at - told.at < heartbeatMs) return
    told = { at, changes }
    streams.signal(providerHealth, null, { process, views: [...gates.values()].map((gate) => gate.view()) })
  }

  const timer = setInterval(look, everyMs).unref()
  return {
    of: (provider) => gates.get(provider) ?? open(provider),
    stop() {
      clearInterval(timer)
      streams.signal(providerHealth, null, { process, views: [] })
    },
  }
}

/** Unlike the clock on the wall it is never set back, which would keep a breaker open. */
function monotonicNow(): number {
  return performance.timeOrigin + performance.now()
}
