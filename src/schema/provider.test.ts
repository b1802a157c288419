import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { bucketOf, latencyBuckets } from '../domain/latency-histogram.ts'
import { providerHealth } from '../streams/messages.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const providers = `{ providers {
  name channel breaker breakers { tier state openedBecause openUntil } budgetPerSecond perSecond p99Ms failureRate } }`

const closed = { state: 'CLOSED', openedBecause: null, openUntil: null }
const idle = {
  breaker: 'CLOSED',
  breakers: ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'].map((tier) => ({ tier, ...closed })),
  perSecond: 0,
  p99Ms: null,
  failureRate: 0,
}
const sendgrid = { name: 'sendgrid', channel: 'EMAIL', ...idle, budgetPerSecond: 100 }

test('an administrator sees every configured provider, also while nobody calls it', async () => {
  expect(await run(anAdmin(), '{ providers { name } }')).toMatchObject({
    data: { providers: expect.arrayContaining([{ name: 'apns' }, { name: 'sendgrid' }]) },
  })
  const answer = await run(anAdmin(), providers)
  expect(answer).toEqual({ data: { providers: expect.arrayContaining([sendgrid]) } })
})

test('an open breaker says why, and until when', async () => {
  const openUntil = '2026-11-22T10:00:04.000Z'
  const open = { state: 'OPEN', openedBecause: '5 of 5 calls failed; the last: timeout' } as const
  const view = {
    provider: 'vonage',
    tier: 'SOCIAL',
    ...open,
    openUntil: new Date(openUntil),
    calls: 120,
    failures: 30,
    latencies: Array.from({ length: latencyBuckets }, (_, bucket) => (bucket === bucketOf(64) ? 120 : 0)),
    limitPerSecond: 12.5,
  } as const
  app.streams.signal(providerHealth, null, { process: unique('process'), views: [view] })
  const vonage = {
    name: 'vonage',
    channel: 'SMS',
    breaker: 'OPEN',
    breakers: [
      { tier: 'TRANSACTIONAL', ...closed },
      { tier: 'SOCIAL', ...open, openUntil },
      { tier: 'MARKETING', ...closed },
    ],
    budgetPerSecond: 12.5,
    perSecond: 2,
    p99Ms: expect.closeTo(63.8, 0),
    failureRate: 0.25,
  }
  await expect.poll(() => run(anAdmin(), providers)).toEqual({ data: { providers: expect.arrayContaining([vonage]) } })
})

test.each([
  ['nobody', nobody, 'UNAUTHENTICATED'],
  ['a viewer', aViewer('ada'), 'FORBIDDEN'],
  ['an ordinary caller', aCaller(), 'FORBIDDEN'],
  ['a bulk caller', aCaller({ bulk: true }), 'FORBIDDEN'],
])('%s may not see them', async (_who, principal, code) => {
  expect(await run(principal, providers)).toMatchObject({ data: null, errors: [{ extensions: { code } }] })
})
