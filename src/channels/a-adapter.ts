import { parseConfig } from '../config.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Platform, ProviderName } from '../domain/words.ts'
import { openProviders, type Providers } from './providers.ts'

/** What a test changes of a message that is otherwise fine. */
export interface Given {
  readonly deliveryId?: string
  readonly to?: string
  readonly body?: string
  readonly signal?: AbortSignal
}

/** A provider on a channel, as the contract suites see it. */
export interface Adapter {
  readonly title: string
  readonly name: ProviderName
  readonly channel: 'push' | 'email' | 'sms'
  readonly wire: Wire
  attempt(providers: Providers, given?: Given): Promise<Outcome>
}

export type Wire = 'http' | 'h2' | 'smtp'

export const adapters: readonly Adapter[] = [
  { title: 'apns', name: 'apns', channel: 'push', wire: 'h2', attempt: push('IOS', 'ab'.repeat(32)) },
  {
    title: 'fcm (Android)',
    name: 'fcm',
    channel: 'push',
    wire: 'http',
    attempt: push('ANDROID', 'android:'.repeat(8)),
  },
  { title: 'fcm (web)', name: 'fcm', channel: 'push', wire: 'http', attempt: push('WEB', 'browser:'.repeat(8)) },
  { title: 'sendgrid', name: 'sendgrid', channel: 'email', wire: 'http', attempt: email('sendgrid') },
  { title: 'ses', name: 'ses', channel: 'email', wire: 'http', attempt: email('ses') },
  { title: 'smtp', name: 'smtp', channel: 'email', wire: 'smtp', attempt: email('smtp') },
  { title: 'twilio', name: 'twilio', channel: 'sms', wire: 'http', attempt: sms('twilio') },
  { title: 'vonage', name: 'vonage', channel: 'sms', wire: 'http', attempt: sms('vonage') },
]

export function adapterOf(name: ProviderName): Adapter {
  const found = adapters.find((each) => each.name === name)
  if (found === undefined) throw new Error(`There is no adapter of ${name}.`)
  return found
}

/** The providers that such an environment has, with a timeout that a test can wait for. */
export function providersOf(environment: Readonly<Record<string, string>>, timeoutMs: number): Providers {
  const { providers } = parseConfig({
    DATABASE_URL: 'postgresql://localhost/carillon',
    NATS_URL: 'nats://localhost',
    CARILLON_SECRET_KEY: 'k'.repeat(32),
    VIEWER_JWT_SECRET: 'v'.repeat(32),
    PUBLIC_URL: 'http://127.0.0.1:9',
    ...environment,
    PROVIDER_TIMEOUT_MS: String(timeoutMs),
  })
  return openProviders(providers)
}

/** The variables that send every provider to one server on this machine; what they sign in with remains theirs. */
export function elsewhere(port: number, scheme: 'http' | 'https' = 'http'): Readonly<Record<string, string>> {
  const url = `${scheme}://localhost:${port}`
  return {
    APNS_URL: `https://localhost:${port}`,
    FCM_URL: url,
    SENDGRID_URL: url,
    SES_URL: url,
    SMTP_URL: `${scheme === 'https' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    TWILIO_URL: url,
    VONAGE_URL: url,
  }
}

function push(platform: Platform, token: string): Adapter['attempt'] {
  return ({ PUSH }, { to = token, body = 'Grüße, Ann & Bob', ...given } = {}) =>
    present(PUSH[platform]).attempt(
      {
        ...envelope(given),
        target: { deviceId: 'phone', platform, token: to, app: '', environment: 'PRODUCTION' },
        content: { title: 'Carillon', body, actions: [{ id: 'open', title: 'Open' }] },
      },
      signalOf(given),
    )
}

function email(name: ProviderName): Adapter['attempt'] {
  return ({ EMAIL }, { to = 'ann@example.com', body = 'Grüße, Ann & Bob', ...given } = {}) =>
    present(EMAIL.find((each) => each.name === name)).attempt(
      {
        ...envelope(given),
        to,
        content: { subject: 'Carillon', html: `<p>${body.replaceAll('&', '&amp;')}</p>`, text: body },
        unsubscribeUrl: 'https://example.com/u/1',
      },
      signalOf(given),
    )
}

function sms(name: ProviderName): Adapter['attempt'] {
  return ({ SMS }, { to = '+436601234567', body = 'Grüße, Ann & Bob', ...given } = {}) =>
    present(SMS.find((each) => each.name === name)).attempt(
      { ...envelope(given), to, content: { body, segments: 1 } },
      signalOf(given),
    )
}

function envelope({ deliveryId = 'dlv_1' }: Given) {
  return {
    deliveryId,
    collapseId: 'collapse-1',
    tier: 'TRANSACTIONAL',
    expiresAt: new Date(Date.now() + 600_000),
  } as const
}

function signalOf({ signal = new AbortController().signal }: Given): AbortSignal {
  return signal
}

function present<P>(provider: P | undefined): P {
  if (provider === undefined) throw new Error('The provider is absent.')
  return provider
}
