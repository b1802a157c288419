import { afterAll, expect, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertUsers } from '../store/users.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const node = `query ($id: ID!) { node(id: $id) { ... on Preferences {
  id userId timeZone locale channelOrder channels { channel enabled } categories { category channel enabled }
  quietHours { start end days } hardStop updatedAt } } }`

const defaults = (userId: string) => ({
  id: `prf_${userId}`,
  userId,
  timeZone: 'UTC',
  locale: 'en',
  channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
  channels: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'].map((channel) => ({ channel, enabled: true })),
  categories: [],
  quietHours: null,
  hardStop: false,
  updatedAt: now.toISOString(),
})

test('a user who has set nothing has the defaults', async () => {
  const id = unique('ada')
  await upsertUsers(app.database, [{ id }], now)
  expect(await run(aCaller(), node, { id: `prf_${id}` })).toEqual({ data: { node: defaults(id) } })
  expect(await run(aViewer(id), node, { id: `prf_${id}` })).toEqual({ data: { node: defaults(id) } })
})

test('what she has set is shown', async () => {
  const userId = unique('ada')
  await upsertUsers(app.database, [{ id: userId, locale: 'de' }], now)
  await app.database.prisma.preference.create({
    data: {
      userId,
      timeZone: 'Europe/Berlin',
      channelOrder: ['SMS'],
      channels: { EMAIL: false },
      categoryOverrides: { 'social.like': { PUSH: true, '*': false } },
      quietHours: { start: '22:00', end: '07:30', days: ['FRIDAY'] },
      updatedAt: now,
    },
  })
  expect(await run(aCaller(), node, { id: `prf_${userId}` })).toEqual({
    data: {
      node: {
        ...defaults(userId),
        timeZone: 'Europe/Berlin',
        locale: 'de',
        channelOrder: ['SMS', 'IN_APP', 'PUSH', 'EMAIL'],
        channels: [
          { channel: 'IN_APP', enabled: true },
          { channel: 'PUSH', enabled: true },
          { channel: 'EMAIL', enabled: false },
          { channel: 'SMS', enabled: true },
        ],
        categories: [
          { category: 'social.like', channel: null, enabled: false },
          { category: 'social.like', channel: 'PUSH', enabled: true },
        ],
        quietHours: { start: '22:00', end: '07:30', days: ['FRIDAY'] },
      },
    },
  })
})

test('a viewer has preferences before anybody has told of her, and sees nobody else’s', async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  await upsertUsers(app.database, [{ id: bob }], now)
  expect(await run(aViewer(ada), node, { id: `prf_${ada}` })).toEqual({
    data: { node: { ...defaults(ada), updatedAt: '1970-01-01T00:00:00.000Z' } },
  })
  expect(await run(aViewer(ada), node, { id: `prf_${bob}` })).toEqual({ data: { node: null } })
  expect(await run(aCaller(), node, { id: `prf_${ada}` })).toEqual({ data: { node: null } })
})

test('nobody sees none', async () => {
  expect(await run(nobody, node, { id: 'prf_ada' })).toMatchObject({
    data: { node: null },
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  })
})
