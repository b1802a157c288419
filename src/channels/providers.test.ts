import { expect, test } from 'vitest'
import { openProviders } from './providers.ts'

const http = { url: 'http://127.0.0.1:9', timeoutMs: 100 }
const from = 'Carillon <hello@example.com>'
const settings = {
  sendgrid: { ...http, apiKey: 'SG.x', from },
  ses: { ...http, region: 'eu-central-1', accessKeyId: 'AKIA1', secretAccessKey: 's1', from },
  smtp: { url: 'smtp://127.0.0.1:9', timeoutMs: 100, from },
  twilio: { ...http, accountSid: 'AC1', authToken: 't1', from: '+15005550006' },
  vonage: { ...http, apiKey: 'v1', apiSecret: 's2', from: 'Carillon' },
}

test('a provider without settings is absent', () => {
  const { PUSH, EMAIL, SMS } = openProviders({})
  expect({ PUSH, EMAIL, SMS }).toEqual({
    PUSH: { IOS: undefined, ANDROID: undefined, WEB: undefined },
    EMAIL: [],
    SMS: [],
  })
})

test.each([
  [settings, ['sendgrid', 'ses', 'smtp'], ['twilio', 'vonage']],
  [{ smtp: settings.smtp, vonage: settings.vonage }, ['smtp'], ['vonage']],
  [{ ...settings, emailOrder: ['smtp', 'sendgrid'], smsOrder: ['vonage'] } as const, ['smtp', 'sendgrid'], ['vonage']],
])('providers come in the order of preference, %#', async (given, email, sms) => {
  const { EMAIL, SMS, close } = openProviders(given)
  expect([EMAIL, SMS].map((providers) => providers.map(({ name }) => name))).toEqual([email, sms])
  await close()
})
