import { type EmailProvider, emailProviders } from '../../domain/words.ts'

/** When an e-mail provider after the first one may send: once its domain is aligned, in any case, or not at all. */
export const emailFailovers = ['aligned', 'always', 'never'] as const
export type EmailFailover = (typeof emailFailovers)[number]

/** Below these names a provider keeps what its customers' records point to. */
export const homes: Readonly<Record<EmailProvider, string | undefined>> = {
  sendgrid: 'sendgrid.net',
  ses: 'amazonses.com',
  smtp: undefined,
}

/** The selectors that every customer of a provider has; those of SES are each customer's own. */
const usualSelectors: Readonly<Record<EmailProvider, readonly string[]>> = {
  sendgrid: ['s1', 's2'],
  ses: [],
  smtp: [],
}

/** One provider that sends in the name of a domain. */
export interface Sender {
  readonly provider: EmailProvider
  /** That of the From address. */
  readonly domain: string
  /** The name of the server that mail is handed to. */
  readonly server: string
  /** The domain of the envelope, where bounces go; undefined: one of the provider's own, as far as is known. */
  readonly returnPath: string | undefined
  /** Of its DKIM keys, where they are known. */
  readonly selectors: readonly string[]
}

/** What is known of providers beyond their credentials, by name. */
export interface SendingSettings {
  readonly returnPaths: Readonly<Record<string, readonly string[]>>
  readonly selectors: Readonly<Record<string, readonly string[]>>
}

/** What the settings of any e-mail provider have. */
type Settings = Readonly<
  Partial<Record<EmailProvider, { readonly url: string; readonly from: string } | undefined>>
> & {
  readonly emailOrder?: readonly EmailProvider[] | undefined
}

/** Those that have settings, in order of preference. */
export function sendersOf(providers: Settings, { returnPaths, selectors }: SendingSettings): readonly Sender[] {
  return (providers.emailOrder ?? emailProviders).flatMap((provider) => {
    const settings = providers[provider]
    if (settings === undefined) return []
    const domain = domainOf(settings.from)
    return {
      provider,
      domain,
      server: new URL(settings.url).hostname.toLowerCase(),
      // A mail server takes the envelope as it is given: with the address that the message is from.
      returnPath: returnPaths[provider]?.[0] ?? (provider === 'smtp' ? domain : undefined),
      selectors: selectors[provider] ?? [],
    }
  })
}

export function selectorsOf({ provider, selectors }: Sender): readonly string[] {
  return selectors.length > 0 ? selectors : usualSelectors[provider]
}

/** Whether it is a server of this machine that stands in for the provider, or a mail server that hands mail on. */
export function isOnThisMachine({ server }: Sender): boolean {
  return server === 'localhost' || server === '[::1]' || server.startsWith('127.')
}

function domainOf(from: string): string {
  return from
    .replace(/^.*@/, '')
    .replace(/[>\s]*$/, '')
    .toLowerCase()
}
