import { expect, onTestFinished, test } from 'vitest'
import { unique } from '../../test/setup/schema-app.ts'
import { aGateway, bearer, type GatewayParts, viewerToken } from './a-gateway.ts'

const mutation = (fields: number) => ({
  query: `mutation { ${Array.from({ length: fields }, (_, n) => `m${n}: createCaller(input: { name: "", tiers: [] }) { __typename }`).join(' ')} }`,
})
const done = (fields: number) => ({
  data: Object.fromEntries(Array.from({ length: fields }, (_, n) => [`m${n}`, { __typename: 'InvalidInput' }])),
})

async function limited(parts: GatewayParts = {}) {
  const gateway = await aGateway(parts)
  onTestFinished(gateway.close)
  return gateway
}

test.each([
  ['in Redis', {}],
  ['in the process, where there is no Redis', { redisUrl: undefined }],
  ['in the process, while Redis is away', { redisUrl: 'redis://127.0.0.1:1' }],
])('a caller who has used up the tokens is refused, and nothing is executed: %s', async (_where, parts) => {
  const { ask, caller } = await limited(parts)
  const { apiKey } = await caller({ perMinute: 3 })
  expect((await ask(mutation(2), bearer(apiKey))).body).toEqual(done(2))

  const { status, headers, body } = await ask(mutation(2), bearer(apiKey))
  expect([status, body]).toEqual([
    429,
    {
      errors: [{ message: expect.any(String), extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }],
    },
  ])
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(19)
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(20)

  // The refused operation took nothing: there is one left.
  expect((await ask(mutation(1), bearer(apiKey))).body).toEqual(done(1))
  expect((await ask(mutation(1), bearer(apiKey))).status).toBe(429)
})

test('queries cost nothing', async () => {
  const { ask, caller } = await limited()
  const { apiKey } = await caller({ perMinute: 1 })
  await ask(mutation(1), bearer(apiKey))
  expect((await ask({ query: '{ callers { id } }' }, bearer(apiKey))).status).toBe(200)
})

test('gateways share the buckets of Redis', async () => {
  const [one, other] = [await limited(), await limited()]
  const { apiKey } = await one.caller({ perMinute: 2 })
  await one.ask(mutation(1), bearer(apiKey))
  await other.ask(mutation(1), bearer(apiKey))
  expect((await one.ask(mutation(1), bearer(apiKey))).status).toBe(429)
})

test('an operation that no full bucket can pay is told so', async () => {
  const { ask, caller } = await limited()
  const { apiKey } = await caller({ perMinute: 2 })
  const { status, body } = await ask(mutation(3), bearer(apiKey))
  expect([status, body]).toEqual([
    400,
    {
      errors: [
        {
          message: 'The operation has 3 mutation fields, and at most 2 a minute are granted: split it up.',
          extensions: { code: 'BAD_USER_INPUT', cost: 3, perMinute: 2 },
        },
      ],
    },
  ])
})

test('a viewer has a bucket too', async () => {
  const { ask } = await limited({ limits: { viewerMutationsPerMinute: 1 } })
  const token = await viewerToken(unique('user'))
  const markAllRead = { query: 'mutation { markAllRead { viewer { unreadCount } } }' }
  expect((await ask(markAllRead, bearer(token))).body).toEqual({
    data: { markAllRead: { viewer: { unreadCount: 0 } } },
  })
  expect((await ask(markAllRead, bearer(token))).status).toBe(429)
})
