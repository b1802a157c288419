import { createHash } from 'node:crypto'
import { type ProviderName, providerNames } from '../domain/words.ts'
import type { ProviderSettings } from './providers.ts'

type SettingsByName = Readonly<Partial<Record<ProviderName, object | undefined>>>

/** How we reach a provider, not who we are there. */
const notOfTheAccount = ['ca', 'timeoutMs']

export function configuredProviders(settings: ProviderSettings): readonly ProviderName[] {
  const byName: SettingsByName = settings
  return providerNames.filter((name) => byName[name] !== undefined)
}

/** Names our account at a provider, the same in every process, without telling its secrets. */
export function accountId(name: ProviderName, settings: ProviderSettings): string {
  const byName: SettingsByName = settings
  const entries = Object.entries(byName[name] ?? {}).filter(([key]) => !notOfTheAccount.includes(key))
  const hash = createHash('sha256').update(JSON.stringify(entries.toSorted())).digest('hex')
  return `${name}:${hash.slice(0, 16)}`
}
