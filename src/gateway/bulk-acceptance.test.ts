import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { Tier } from '../domain/words.ts'
import { upsertTemplate } from '../store/templates.ts'
import { sheddingTold } from '../streams/messages.ts'
import { openSheddingReader } from '../streams/shedding-reader.ts'
import { openBulkAcceptance } from './bulk-acceptance.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const line = { database: app.database, places: 2, waiting: 2, patienceMs: 200, random: () => 0.5 }
const calm = { told: () => undefined }

/** Work that ends when it is told to. */
function someWork() {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { work: () => promise, end: () => resolve('done') }
}

test('so much is worked on at once, so much waits in line, and more is refused at once', async () => {
  const bulk = openBulkAcceptance({ ...line, patienceMs: 60_000, shedding: calm })
  const [first, second, third, fourth] = [someWork(), someWork(), someWork(), someWork()]
  const begun: number[] = []
  const results = [first, second, third, fourth].map(({ work }, n) =>
    bulk.run('SOCIAL', () => {
      begun.push(n)
      return work()
    }),
  )
  expect(begun).toEqual([0, 1])
  await expect(bulk.run('SOCIAL', async () => 'never')).rejects.toMatchObject({
    code: 'OVERLOADED',
    retryAfterMs: 90_000,
  })
  second.end()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  for (const { end } of [first, third, fourth]) end()
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done'])
  expect(await bulk.run('SOCIAL', async ({ pool }) => pool === app.database.pool)).toBe(true)
})

test('who has waited for too long is refused; a failure gives its place back', async () => {
  const bulk = openBulkAcceptance({ ...line, places: 1, shedding: calm })
  const { work, end } = someWork()
  const first = bulk.run('SOCIAL', work)
  await expect(bulk.run('SOCIAL', work)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 300 })
  end()
  await first
  await expect(bulk.run('SOCIAL', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await bulk.run('SOCIAL', async () => 'next')).toBe('next')
})

async function aTemplate(tier: Tier): Promise<string> {
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const contents = [{ locale: 'en', inApp: { title: 'Hi', body: 'there' } }]
  const name = unique('bulk')
  await upsertTemplate(app.database, { name, tier, category: 'x', ...flags, dataSchema: null, contents }, new Date())
  return name
}

const names = {
  TRANSACTIONAL: await aTemplate('TRANSACTIONAL'),
  SOCIAL: await aTemplate('SOCIAL'),
  MARKETING: await aTemplate('MARKETING'),
}
const ada = unique('ada')
await run(aCaller(), 'mutation ($users: [UserInput!]!) { upsertUsers(input: { users: $users }) { __typename } }', {
  users: [{ id: ada }],
})

/** What sending something of that tier for later is answered. */
async function sent(tier: Tier): Promise<unknown> {
  const input = { template: names[tier], audience: { userIds: [ada] }, sendAt: new Date(Date.now() + 3_600_000) }
  return run(
    aCaller(),
    `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) {
      __typename ... on Overloaded { code retryAfterMs } } }`,
    { input: { ...input, sendAt: input.sendAt.toISOString() } },
  )
}
const accepted = { data: { sendNotification: { __typename: 'SendNotificationPayload' } } }

test('while every place for bulk is taken, what must not wait is accepted as ever', async () => {
  const { work, end } = someWork()
  const held = Array.from({ length: 4 }, () => app.bulk.run('SOCIAL', work))
  const began = performance.now()
  expect(await sent('TRANSACTIONAL')).toEqual(accepted)
  expect(await sent('SOCIAL')).toEqual(accepted)
  expect(performance.now() - began).toBeLessThan(1000)
  expect(await sent('MARKETING')).toMatchObject({
    data: { sendNotification: { __typename: 'Overloaded', code: 'OVERLOADED', retryAfterMs: expect.any(Number) } },
  })
  end()
  await Promise.all(held)
  expect(await sent('MARKETING')).toEqual(accepted)
})

test('while marketing is shed it is answered Overloaded, campaigns as well, and everybody can see why', async () => {
  // What no other test of this run says: it is void as soon as this one has been.
  const process = randomUUID()
  const tell = (level: 'NONE' | 'MARKETING_PAUSED', oldestMs: number) =>
    app.streams.signal(sheddingTold, undefined, {
      process,
      level,
      tier: 'TRANSACTIONAL',
      since: new Date(),
      oldestMs,
      objectiveMs: 5000,
    })
  tell('MARKETING_PAUSED', 6000)
  try {
    await expect
      .poll(() => sent('MARKETING'))
      .toMatchObject({ data: { sendNotification: { __typename: 'Overloaded' } } })
    expect(await sent('TRANSACTIONAL')).toEqual(accepted)
    expect(await sent('SOCIAL')).toEqual(accepted)
    const draft = `mutation ($template: String!) { createCampaign(input: { name: "x", template: $template, audience: { followersOf: "ada" } }) {
      __typename ... on Overloaded { retryAfterMs } } }`
    const caller = aCaller({ bulk: true, campaignPerSecond: 100 })
    expect(await run(caller, draft, { template: names.MARKETING })).toMatchObject({
      data: {
        createCampaign: {
          __typename: 'Overloaded',
          retryAfterMs: expect.toSatisfy((ms) => ms >= 10_000 && ms <= 15_000),
        },
      },
    })
    expect(await run(anAdmin(), '{ shedding { level oldestMs objectiveMs } queues { tier flow } }')).toMatchObject({
      data: {
        shedding: { level: 'MARKETING_PAUSED', oldestMs: 6000, objectiveMs: 5000 },
        queues: expect.arrayContaining([
          { tier: 'MARKETING', flow: 'PAUSED' },
          { tier: 'SOCIAL', flow: 'OPEN' },
        ]),
      },
    })
  } finally {
    tell('NONE', 0)
  }
  await expect.poll(() => sent('MARKETING')).toEqual(accepted)
})

test('when nobody measures any more, nothing is shed', async () => {
  let nowMs = 0
  let told = 0
  const reader = openSheddingReader(
    app.streams,
    () => told++,
    () => nowMs,
  )
  const process = randomUUID()
  // Nobody of this run listens for long enough to act on it, but this reader.
  app.streams.signal(sheddingTold, undefined, {
    process,
    level: 'SOCIAL_SLOWED',
    tier: 'TRANSACTIONAL',
    since: new Date(),
    oldestMs: 9000,
    objectiveMs: 5000,
  })
  try {
    await expect.poll(reader.level).toBe('SOCIAL_SLOWED')
    expect(told).toBe(1)
    nowMs = 10_000
    expect(reader.told()).toMatchObject({ process, level: 'SOCIAL_SLOWED' })
    nowMs = 10_001
    expect([reader.level(), reader.told()]).toEqual(['NONE', undefined])
  } finally {
    app.streams.signal(sheddingTold, undefined, {
      process,
      level: 'NONE',
      tier: 'TRANSACTIONAL',
      since: new Date(),
      oldestMs: 0,
      objectiveMs: 5000,
    })
    reader.close()
  }
})
