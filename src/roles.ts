import { constants, setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { ConfigError, type Env, parseConfig } from './config.ts'
import { providerChannels, type Tier, tiers } from './domain/words.ts'
import { startFeedback } from './feedback.ts'
import { startGatewayRole } from './gateway-role.ts'
import { serveHealth } from './health.ts'
import { startHousekeeping } from './housekeeping.ts'
import { allDuties, type Duties, type Lanes, startLanes } from './lanes.ts'
import { log } from './log.ts'
import { measureProcess } from './metrics.ts'
import { finishMs, type Running } from './running.ts'
import { openServices, type Services } from './services.ts'

/** A process that runs as one of these does just that; any number of each may run. */
export const roles = ['gateway', 'fan-out', 'dispatch', 'relay', 'feedback', 'bulk'] as const
export type Role = (typeof roles)[number]

export function isRole(word: string): word is Role {
  return roles.some((role) => role === word)
}

export async function startRole(role: Role, args: readonly string[], env: Env): Promise<Running> {
  const work = workOf(role, args)
  const config = parseConfig(env)
  if (role === 'gateway') return startGatewayRole(config)
  measureProcess()
  // On a machine that it shares with those who may not wait, it is what waits.
  if (role === 'bulk') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  const services = openServices(config, `carillon ${role}`)
  const stopping = new AbortController()
  const notReady = async () => (stopping.signal.aborted ? ['stopping'] : services.notReady())
  const health =
    config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, config.host, notReady)
  const lanes = services.reach(stopping.signal).then(() => startWork(services, work))
  return {
    started: lanes.then(() => log.info({ tiers: work.tiers }, 'ready')),
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

function startWork(services: Services, { duties, tiers: served, feedback }: Work): readonly Lanes[] {
  return [
    ...served.map((tier) => startLanes(services, tier, duties, services.config.providers)),
    ...(feedback ? [startFeedback(services)] : []),
    ...(duties.relay ? [startHousekeeping(services)] : []),
  ]
}

interface Work {
  readonly duties: Duties
  readonly tiers: readonly Tier[]
  /** It hears what providers report. */
  readonly feedback: boolean
}

const none: Duties = { fanOut: false, relay: false, dispatch: [] }

/** What a role's options may say of. */
const optionsFor: Record<Role, readonly ('tier' | 'channel' | 'feedback')[]> = {
  gateway: [],
  'fan-out': ['tier'],
  dispatch: ['tier', 'channel'],
  relay: ['tier'],
  feedback: [],
  bulk: ['tier', 'channel', 'feedback'],
}

/**
 * Which lanes a role has: those of every tier and channel, unless `--tier` and `--channel` name some; `--feedback`: and what providers
 * report.
 *
 * @throws ConfigError
 */
function workOf(role: Role, args: readonly string[]): Work {
  const { tier, channel, feedback } = optionsOf(role, args)
  const bulk: readonly Tier[] = ['SOCIAL', 'MARKETING']
  const chosenTiers = role === 'feedback' ? [] : chosen('--tier', tier, role === 'bulk' ? bulk : tiers)
  const channels = chosen('--channel', channel, providerChannels)
  const duties: Record<Role, Duties> = {
    gateway: none,
    feedback: none,
    'fan-out': { ...none, fanOut: true },
    dispatch: { ...none, dispatch: channels },
    relay: { ...none, relay: true },
    bulk: { ...allDuties, dispatch: channels },
  }
  return { duties: duties[role], tiers: chosenTiers, feedback: role === 'feedback' || feedback === true }
}

function optionsOf(role: Role, args: readonly string[]) {
  const option = { type: 'string', multiple: true } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { tier: option, channel: option, feedback: { type: 'boolean' } },
    })
    const names = ['tier', 'channel', 'feedback'] as const
    const needless = names.filter((name) => values[name] && !optionsFor[role].includes(name))
    if (needless.length > 0) throw new ConfigError(needless.map((name) => `--${name}: ${role} knows no such option`))
    return values
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError([`${role}: ${error.message}`])
    throw error
  }
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
