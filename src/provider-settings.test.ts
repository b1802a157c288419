import { describe, expect, it } from 'vitest'
import { ConfigError, type Env, parseConfig } from './config.ts'

const servers = {
  DATABASE_URL: 'postgresql://localhost/carillon',
  NATS_URL: 'nats://localhost:4222',
  CARILLON_SECRET_KEY: 'k'.repeat(32),
  VIEWER_JWT_SECRET: 'v'.repeat(32),
  PUBLIC_URL: 'https://notifications.example.com/',
}
const from = 'Carillon <hello@example.com>'
const ses = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's1', EMAIL_FROM: from }
const smtp = { SMTP_URL: 'smtp://ann:p%40ss@mail.example.com:587', EMAIL_FROM: from }
const vonage = { VONAGE_API_KEY: 'v1', VONAGE_API_SECRET: 's2', VONAGE_FROM: 'Carillon' }
const http = { ca: undefined, timeoutMs: 10_000 }

describe('the settings of providers', () => {
  it('are absent where there are no credentials', () => {
    expect(providers({})).toEqual({})
  })

  it('come from the variables of each provider', () => {
    expect(providers({ ...ses, ...smtp, ...vonage, SES_CONFIGURATION_SET: 'events' })).toEqual({
      ses: {
        ...http,
        region: 'eu-central-1',
        accessKeyId: 'AKIA1',
        secretAccessKey: 's1',
        configurationSet: 'events',
        url: 'https://email.eu-central-1.amazonaws.com',
        from,
      },
      smtp: { ...http, url: smtp.SMTP_URL, from },
      vonage: {
        ...http,
        apiKey: 'v1',
        apiSecret: 's2',
        from: 'Carillon',
        url: 'https://rest.nexmo.com',
        callbackUrl: 'https://notifications.example.com/webhooks/vonage',
      },
    })
  })

  it('have the order that is asked for', () => {
    expect(providers({ ...ses, ...smtp, EMAIL_PROVIDERS: 'smtp, ses' })).toMatchObject({ emailOrder: ['smtp', 'ses'] })
    expect(providers({ ...vonage, SMS_PROVIDERS: 'vonage' })).toMatchObject({ smsOrder: ['vonage'] })
  })
})

it.each<[string, Env, readonly string[]]>([
  [
    'names a provider that has no credentials',
    { ...ses, EMAIL_PROVIDERS: 'smtp,ses', SMS_PROVIDERS: 'twilio,vonage' },
    [
      'SMTP_URL: must be set when EMAIL_PROVIDERS names smtp',
      'TWILIO_AUTH_TOKEN: must be set when SMS_PROVIDERS names twilio',
      'VONAGE_API_SECRET: must be set when SMS_PROVIDERS names vonage',
    ],
  ],
  [
    'names what is no provider of the channel',
    { EMAIL_PROVIDERS: 'sengrid', SMS_PROVIDERS: 'vonage,' },
    [
      'EMAIL_PROVIDERS: must name some of sendgrid, ses, smtp, separated by commas',
      'SMS_PROVIDERS: must name some of twilio, vonage, separated by commas',
      'VONAGE_API_SECRET: must be set when SMS_PROVIDERS names vonage',
    ],
  ],
  [
    'gives half of what SES needs',
    { AWS_SECRET_ACCESS_KEY: 's1' },
    [
      'AWS_ACCESS_KEY_ID: must be set when AWS_SECRET_ACCESS_KEY is',
      'AWS_REGION: must be set when AWS_SECRET_ACCESS_KEY is',
      'EMAIL_FROM: must be set when AWS_SECRET_ACCESS_KEY is',
    ],
  ],
  [
    'gives half of what Vonage needs',
    { VONAGE_API_SECRET: 's2' },
    ['VONAGE_API_KEY: must be set when VONAGE_API_SECRET is', 'VONAGE_FROM: must be set when VONAGE_API_SECRET is'],
  ],
  [
    'gives a sender without an address',
    { ...smtp, EMAIL_FROM: 'Carillon' },
    ['EMAIL_FROM: must be an address, or a name with one in <>'],
  ],
  ['gives a mail server that is none', { ...smtp, SMTP_URL: 'https://mail.example.com' }, ['SMTP_URL: Invalid URL']],
])('does not start when somebody %s', (_, env, mistakes) => {
  expect(mistakesOf(env)).toEqual(mistakes)
})

function providers(env: Env): object {
  return parseConfig({ ...servers, ...env }).providers
}

function mistakesOf(env: Env): readonly string[] {
  try {
    providers(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}
