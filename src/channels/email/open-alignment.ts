import { setTimeout as sleep } from 'node:timers/promises'
import type { EmailProvider, ProviderName } from '../../domain/words.ts'
import { log } from '../../log.ts'
import { emailTakesPart } from '../../metrics.ts'
import { judgeAlignment } from './alignment.ts'
import { type Resolver, readZone } from './read-zone.ts'
import type { EmailFailover, Sender } from './sender.ts'

export interface AlignmentSettings {
  readonly failover: EmailFailover
  /** In the order in which they are asked to send. */
  readonly senders: readonly Sender[]
}

export interface AlignedProviders {
  /** Whether this provider may be asked to send now. The first one for e-mail always may, and all of other channels. */
  takesPart(provider: ProviderName): boolean
  close(): void
}

const againMs = 600_000
/** Where DNS did not answer; meanwhile everything stays as it is. */
const soonMs = 30_000

/**
 * Receivers hold it against a domain when a provider sends in its name that its records do not know. So a second provider
 * is left out until they do, which is looked up at once and every ten minutes.
 */
export function openAlignment(
  { failover, senders }: AlignmentSettings,
  resolver: Resolver,
  pause: (ms: number, signal: AbortSignal) => Promise<unknown> = pauseFor,
): AlignedProviders {
  const [first, ...others] = senders
  const stopping = new AbortController()
  const known = new Map<ProviderName, boolean>()
  const untold = new Set<ProviderName>(others.map(({ provider }) => provider))

  function decide(provider: EmailProvider, takesPart: boolean): void {
    known.set(provider, takesPart)
    emailTakesPart.set({ provider }, takesPart ? 1 : 0)
  }

  async function judge(sender: Sender): Promise<void> {
    const { provider, domain } = sender
    const { aligned, diagnoses } = judgeAlignment(sender, await readZone(sender, resolver))
    const isNews = untold.delete(provider) || known.get(provider) !== aligned
    decide(provider, aligned)
    if (!isNews) return
    const missing = diagnoses.filter(({ state }) => state !== 'ok').map(({ found }) => found)
    if (aligned) log.info({ provider, domain }, 'the domain is aligned at this e-mail provider: it takes part')
    else log.warn({ provider, domain, missing }, 'the domain is not aligned at this e-mail provider: it is left out')
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const judged = await Promise.allSettled(others.map(judge))
      const failure = judged.find((each) => each.status === 'rejected')
      if (failure) log.warn({ err: failure.reason }, 'DNS did not tell whether e-mail providers are aligned')
      await pause(failure ? soonMs : againMs, stopping.signal)
    }
  }

  if (first !== undefined) decide(first.provider, true)
  for (const { provider } of others) decide(provider, failover === 'always')
  if (failover === 'aligned' && others.length > 0) void watch()
  return {
    takesPart: (provider) => known.get(provider) ?? true,
    close: () => stopping.abort(),
  }
}

function pauseFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
}
