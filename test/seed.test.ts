import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it, test } from 'vitest'
import { demoActor, demoSegment, demoTopic } from '../prisma/demo-audiences.ts'
import { demoTemplates } from '../prisma/demo-templates.ts'
import { demoDevices } from '../prisma/demo-users.ts'
import { type DemoKeys, demoUsers, seedDemo } from '../prisma/seed.ts'
import { deviceProblems } from '../src/domain/device-input.ts'
import type { Audience } from '../src/domain/notification.ts'
import { usersProblems } from '../src/domain/user-input.ts'
import { channels } from '../src/domain/words.ts'
import { nextRecipients } from '../src/store/audience.ts'
import { findCallerByKey, hashApiKey, newApiKey, revokeCaller } from '../src/store/callers.ts'
import { deactivateDevice, devicesOf } from '../src/store/devices.ts'
import { findSegment } from '../src/store/segments.ts'
import { findTemplate } from '../src/store/templates.ts'
import { findUser, upsertUsers } from '../src/store/users.ts'
import { templateProblems } from '../src/templates/check.ts'
import { compileTemplate } from '../src/templates/compile.ts'
import { dataProblems } from '../src/templates/data-problems.ts'
import { renderContent } from '../src/templates/render.ts'
import { aNewNotification } from './setup/a-notification.ts'
import { ownDatabase } from './setup/own-database.ts'

// The demo's names are always the same, and other tests may use them.
const database = await ownDatabase('seed-test')
afterAll(() => database.close())

const someKeys = (): DemoKeys => ({
  apiKey: newApiKey(randomBytes(32)),
  bulkApiKey: newApiKey(randomBytes(32)),
  adminApiKey: newApiKey(randomBytes(32)),
})

const grantsOf = async (apiKey: string) => {
  const caller = await findCallerByKey(database, hashApiKey(apiKey))
  return caller && { perMinute: caller.perMinute, bulk: caller.bulk, admin: caller.admin, tiers: caller.tiers.length }
}

test('the demo has callers for its keys, users with two phones each, and templates', async () => {
  const keys = someKeys()
  await seedDemo(database, keys)
  expect(await Promise.all([keys.apiKey, keys.bulkApiKey, keys.adminApiKey].map(grantsOf))).toEqual([
    { perMinute: 1_000, bulk: false, admin: false, tiers: 3 },
    { perMinute: 60_000, bulk: true, admin: false, tiers: 3 },
    { perMinute: 60_000, bulk: true, admin: true, tiers: 3 },
  ])
  for (const { id, timeZone } of demoUsers) {
    expect((await findUser(database, id))?.timeZone).toBe(timeZone)
    expect((await devicesOf(database, id)).map((device) => device.platform).sort()).toEqual(['ANDROID', 'IOS'])
  }
  for (const { name } of demoTemplates) expect((await findTemplate(database, name))?.version).toBe(1)
})

test('the demo has somebody whom they follow, a topic, and a segment that holds some of them', async () => {
  await seedDemo(database, someKeys())
  const { pool } = database
  const recipients = async (audience: Audience) => {
    const accepted = aNewNotification({ audience, createdAt: new Date() })
    const notification = { ...accepted, recipientCount: 0, funnel: null, pages: 0, audienceCursor: null }
    return (await nextRecipients(pool, notification, 10)).userIds
  }
  expect(await recipients({ followersOf: demoActor })).toEqual(demoUsers.map(({ id }) => id))
  expect(await recipients({ topic: demoTopic.topic })).toEqual(demoTopic.userIds)
  const segment = await findSegment(pool, demoSegment.name)
  expect(segment).toMatchObject({ ...demoSegment, memberCount: 3 })
  expect(await recipients({ segment: demoSegment.name, filter: demoSegment.filter })).toEqual([
    'chiyo',
    'dana',
    'farah',
  ])
})

test('seeding again brings nothing back that somebody has changed', async () => {
  const keys = someKeys()
  await seedDemo(database, keys)
  const callerCount = await database.prisma.caller.count()
  const caller = await findCallerByKey(database, hashApiKey(keys.bulkApiKey))
  await revokeCaller(database, caller?.id ?? '')
  await upsertUsers(database, [{ id: 'dana', region: 'MARS' }], new Date())
  await deactivateDevice(database, 'dana', 'iphone')
  await seedDemo(database, keys)
  expect(await database.prisma.caller.count()).toBe(callerCount)
  expect(await grantsOf(keys.bulkApiKey)).toBeUndefined()
  expect((await findUser(database, 'dana'))?.region).toBe('MARS')
  expect((await devicesOf(database, 'dana')).map((device) => device.isActive).sort()).toEqual([false, true])
})

test('demo users and their devices are what the API would take', () => {
  expect(usersProblems(demoUsers)).toEqual([])
  const devices = demoUsers.flatMap((user) => demoDevices(user.id))
  expect(devices.flatMap(deviceProblems)).toEqual([])
  expect(new Set(devices.map((device) => device.token)).size).toBe(12)
  expect(new Set(demoUsers.map((user) => user.timeZone)).size).toBe(6)
})

const samples: Record<string, readonly object[]> = {
  'order.shipped': [
    { orderId: '1001' },
    {
      orderId: '1 001',
      item: 'Bell tower',
      carrier: 'Pigeon Post',
      arrives: 'on Tuesday',
      trackingUrl: 'https://a.example/1',
    },
  ],
  'security.otp': [{ code: '123456' }, { code: '1234', minutes: 5 }],
  'social.like': [{ who: 'Bruno' }, { who: 'Bruno', what: 'your photo', postId: 'p/1', others: 3 }],
  'social.post': [
    { who: 'Belfry', text: 'Hear, hear' },
    { who: 'Belfry', text: 'x'.repeat(500), postId: 'p/1' },
  ],
  'marketing.newsletter': [
    { headline: 'Bells & whistles', teaser: 'All new.' },
    { headline: 'News', teaser: 'x'.repeat(500), url: 'https://news.example.com/1' },
  ],
}

describe.each(demoTemplates)('the demo template $name', (template) => {
  it('is what the API would take', () => {
    expect(templateProblems(template)).toEqual([])
  })

  it('renders on each of its channels, in each language, with little and with much data', () => {
    const compiled = compileTemplate({ ...template, version: 1, channels })
    for (const data of samples[template.name] ?? []) {
      expect(dataProblems(template.dataSchema, data)).toEqual([])
      for (const { locale, inApp, push, email, sms } of template.contents) {
        const input = { locale, data, user: { userId: 'ada', attributes: demoUsers[0].attributes } }
        const rendered = [
          inApp && renderContent(compiled, 'IN_APP', input),
          push && renderContent(compiled, 'PUSH', input),
          email && renderContent(compiled, 'EMAIL', input),
          sms && renderContent(compiled, 'SMS', input),
        ].filter((content) => content !== undefined)
        expect(JSON.stringify(rendered)).not.toMatch(/undefined|\{\{/)
        expect(rendered.length).toBeGreaterThanOrEqual(2)
      }
    }
  })
})
