import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from './config.ts'
import { serverPlaces } from './domain/server-places.ts'
import type { Unreachable } from './domain/unreachable.ts'

/** A server that nothing begins without. */
export interface Awaited {
  /** "PostgreSQL" */
  readonly name: string
  /** Where the configuration has its address. */
  readonly variable: string
  readonly url: string
  /** One try; undefined when the server is there, with all that is needed of it. */
  reach(): Promise<Unreachable | undefined>
}

/** Cassandra, as a use of it needs it. */
export function cassandraAwaited<S extends { readonly contactPoints: readonly string[] }>(
  settings: S,
  reach: (settings: S) => Promise<Unreachable | undefined>,
): Awaited {
  const url = settings.contactPoints.join(',')
  return { name: 'Cassandra', variable: 'CASSANDRA_CONTACT_POINTS', url, reach: () => reach(settings) }
}

export interface Waiting {
  readonly stopping: AbortSignal
  say(line: string): void
}

export interface Clock {
  /** Milliseconds. */
  now(): number
  /** Rejects with the signal's reason when that aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

const tryEveryMs = 500
const tellEveryMs = 10_000

/**
 * Resolves when the server is there, for as long as it takes. Says at once what it waits for, and again every ten
 * seconds and when the reason is another.
 *
 * @throws ConfigError where waiting would be in vain; the signal's reason when that aborts
 */
export async function waitFor(
  { name, variable, url, reach }: Awaited,
  { stopping, say }: Waiting,
  clock: Clock = realClock,
): Promise<void> {
  const server = `${name} at ${serverPlaces(url)}`
  let told: { readonly why: string; readonly at: number } | undefined
  for (;;) {
    stopping.throwIfAborted()
    const missing = await reach()
    if (missing === undefined) break
    const { kind, why } = missing
    if (kind === 'wrong') throw new ConfigError([`${variable}: ${server} ${why}`])
    const now = clock.now()
    if (told?.why !== why || now - told.at >= tellEveryMs) {
      say(`waiting for ${server}, which ${why}`)
      told = { why, at: now }
    }
    await clock.pause(tryEveryMs, stopping)
  }
  if (told !== undefined) say(`${server} is there`)
}

const realClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
}
