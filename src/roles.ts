import { parseArgs } from 'node:util'
import { ConfigError, type Env, parseConfig } from './config.ts'
import { providerChannels, type Tier, tiers } from './domain/words.ts'
import { startFeedback } from './feedback.ts'
import { startGatewayRole } from './gateway-role.ts'
import { serveHealth } from './health.ts'
import { allDuties, type Duties, startLanes } from './lanes.ts'
import { log } from './log.ts'
import { measureProcess } from './metrics.ts'
import { finishMs, type Running } from './running.ts'
import { openServices } from './services.ts'

/** A process that runs as one of these does just that; any number of each may run. */
export const roles = ['gateway', 'fan-out', 'dispatch', 'relay', 'feedback', 'bulk'] as const
export type Role = (typeof roles)[number]

export function isRole(word: string): word is Role {
  return roles.some((role) => role === word)
}

export async function startRole(role: Role, args: readonly string[], env: Env): Promise<Running> {
  const config = parseConfig(env)
  if (role === 'gateway') return startGatewayRole(config)
  const { duties, tiers: served } = role === 'feedback' ? { duties: undefined, tiers: [] } : workOf(role, args)
  measureProcess()
  const services = openServices(config, `carillon ${role}`)
  const stopping = new AbortController()
  const notReady = async () => (stopping.signal.aborted ? ['stopping'] : services.notReady())
  const health =
    config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, config.host, notReady)
  const lanes = services
    .reach(stopping.signal)
    .then(() =>
      duties ? served.map((tier) => startLanes(services, tier, duties, config.providers)) : [startFeedback(services)],
    )
  return {
    started: lanes.then(() => log.info({ tiers: served }, 'ready')),
    stopLimitMs: finishMs,
    async stop() {
      stopping.abort()
      // There are none yet where it still waits.
      const running = await lanes.catch(() => [])
      await Promise.all(running.map((lane) => lane.stop()))
      await services.close()
      await health?.close()
    },
  }
}

/** Which lanes a role has: those of every tier and channel, unless `--tier` and `--channel` name some. */
function workOf(
  role: Exclude<Role, 'gateway' | 'feedback'>,
  args: readonly string[],
): { duties: Duties; tiers: readonly Tier[] } {
  const { values } = parseArgs({
    args: [...args],
    options: { tier: { type: 'string', multiple: true }, channel: { type: 'string', multiple: true } },
  })
  const bulk: readonly Tier[] = ['SOCIAL', 'MARKETING']
  const chosenTiers = chosen('--tier', values.tier, role === 'bulk' ? bulk : tiers)
  const channels = chosen('--channel', values.channel, providerChannels)
  const none: Duties = { fanOut: false, relay: false, dispatch: [] }
  const duties: Record<typeof role, Duties> = {
    'fan-out': { ...none, fanOut: true },
    dispatch: { ...none, dispatch: channels },
    relay: { ...none, relay: true },
    bulk: allDuties,
  }
  return { duties: duties[role], tiers: chosenTiers }
}

function chosen<T extends string>(
  option: string,
  words: readonly string[] | undefined,
  all: readonly T[],
): readonly T[] {
  if (words === undefined) return all
  const known = all.filter((each) => words.some((word) => word.toUpperCase() === each))
  if (known.length !== words.length) {
    throw new ConfigError([`${option} ${words.join(', ')}: must be of ${all.join(', ')}`])
  }
  return known
}
