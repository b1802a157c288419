import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'

const required = {
  DATABASE_URL: 'postgresql://localhost/carillon',
  NATS_URL: 'nats://localhost',
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: 'a secret for viewers that is long enough',
}

test('values by e-mail provider are read, several of one too', () => {
  const { email } = parseConfig({
    ...required,
    EMAIL_FAILOVER: 'never',
    EMAIL_RETURN_PATHS: 'sendgrid:EM1.example.com., ses : bounce.example.com',
    EMAIL_DKIM_SELECTORS: 'ses:a1,ses:b2,smtp:mail',
  })
  expect(email).toEqual({
    failover: 'never',
    returnPaths: { sendgrid: ['em1.example.com'], ses: ['bounce.example.com'] },
    selectors: { ses: ['a1', 'b2'], smtp: ['mail'] },
  })
  expect(parseConfig(required).email).toEqual({ failover: 'aligned', returnPaths: {}, selectors: {} })
})

test.each(['mailgun:em1.example.com', 'em1.example.com', 'ses:', 'ses:a b'])(
  '"%s" names no e-mail provider',
  (text) => {
    expect(() => parseConfig({ ...required, EMAIL_RETURN_PATHS: text })).toThrow(
      `EMAIL_RETURN_PATHS: "${text}" must be a provider (sendgrid, ses, smtp), a colon and a name`,
    )
  },
)

test('prices are read by channel, with their currency', () => {
  expect(
    parseConfig({ ...required, CAMPAIGN_PRICES: 'EMAIL=0.0001,SMS=0.0075,PUSH=0 EUR' }).policy.campaignPrices,
  ).toEqual({
    currency: 'EUR',
    perDelivery: { EMAIL: 0.0001, SMS: 0.0075, PUSH: 0 },
  })
  expect(parseConfig(required).policy.campaignPrices).toBeUndefined()
})

test.each(['EMAIL=0.0001', 'FAX=1 EUR', 'EMAIL=-1 EUR', 'EUR', 'SMS=1 euros'])('"%s" is no price table', (text) => {
  expect(() => parseConfig({ ...required, CAMPAIGN_PRICES: text })).toThrow(
    'CAMPAIGN_PRICES: must be channels with their prices, and a currency: "EMAIL=0.0001,SMS=0.0075 EUR"',
  )
})

test('the threshold of the fan-out is measured between its limits, unless it is fixed', () => {
  expect(parseConfig(required).fanOut).toEqual({ threshold: undefined, floor: 10_000, ceiling: 100_000 })
  expect(parseConfig({ ...required, FAN_OUT_THRESHOLD: '0' }).fanOut.threshold).toBe(0)
  expect(() => parseConfig({ ...required, FAN_OUT_FLOOR: '200000' })).toThrow(
    'FAN_OUT_FLOOR: must not be more than FAN_OUT_CEILING (100000)',
  )
})
