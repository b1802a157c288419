import { healthOf, type ProviderHealth } from '../domain/provider-health.ts'
import { type ProviderName, providerNames } from '../domain/words.ts'
import { type ProviderHealthBody, providerHealth } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'

export interface ProviderHealthSettings {
  /** Listed also while nobody calls them. */
  readonly configured: readonly ProviderName[]
  readonly perSecond: Readonly<Partial<Record<ProviderName, number>>>
}

/** Longer than two heartbeats of a process: one may be lost. */
const forgetAfterMs = 12_000

/** What all processes say of their providers, as far as they have been heard lately. */
export function openProviderHealth(
  streams: Pick<Streams, 'listen'>,
  { configured, perSecond }: ProviderHealthSettings,
  now: () => number = Date.now,
): () => readonly ProviderHealth[] {
  const heard = new Map<string, ProviderHealthBody & { readonly at: number }>()

  streams.listen(providerHealth, null, (body) => {
    for (const [process, { at }] of heard) if (now() - at > forgetAfterMs) heard.delete(process)
    heard.set(body.process, { ...body, at: now() })
  })

  return () => {
    const recent = [...heard.values()].filter(({ at }) => now() - at <= forgetAfterMs)
    const views = recent.flatMap((each) => each.views)
    const known = new Set([...configured, ...views.map(({ provider }) => provider)])
    return providerNames.filter((name) => known.has(name)).map((name) => healthOf(name, perSecond[name] ?? null, views))
  }
}
