import { expect, test } from 'vitest'
import { accountId, configuredProviders } from './accounts.ts'

const sendgrid = {
  apiKey: 'SG.secret',
  from: 'Carillon <hello@example.com>',
  url: 'https://api.example',
  timeoutMs: 10,
}

test('an account is known by its credentials, and does not tell them', () => {
  const id = accountId('sendgrid', { sendgrid })
  expect(id).toMatch(/^sendgrid:[0-9a-f]{16}$/)
  expect(accountId('sendgrid', { sendgrid: { ...sendgrid, timeoutMs: 20, ca: 'a certificate' } })).toBe(id)
  expect(accountId('sendgrid', { sendgrid: { ...sendgrid, apiKey: 'SG.other' } })).not.toBe(id)
})

test('a provider is configured when it has settings', () => {
  expect(configuredProviders({ sendgrid, apns: undefined })).toEqual(['sendgrid'])
})
