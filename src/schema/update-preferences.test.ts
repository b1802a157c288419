import { afterAll, expect, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertTemplate } from '../store/templates.ts'
import { upsertUsers } from '../store/users.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const mutation = `mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) {
  __typename
  ... on Preferences {
    id timeZone locale channelOrder channels { channel enabled } categories { category channel enabled isKnown }
    quietHours { start end days } updatedAt }
  ... on InvalidInput { fields { path code } }
  ... on NotFound { id } } }`

async function aUser(): Promise<string> {
  const id = unique('ada')
  await upsertUsers(app.database, [{ id }], now)
  return id
}

const answer = (userId: string) => ({
  __typename: 'Preferences',
  id: `prf_${userId}`,
  timeZone: 'UTC',
  locale: 'en',
  channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
  channels: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'].map((channel) => ({ channel, enabled: true })),
  categories: [],
  quietHours: null,
  updatedAt: now.toISOString(),
})

const answered = (result: object) => ({ data: { updatePreferences: result } })

test('a viewer changes her own, also before anybody has told of her', async () => {
  const ada = unique('ada')
  const input = {
    timeZone: 'Europe/Berlin',
    locale: 'de',
    channelOrder: ['SMS', 'IN_APP'],
    channels: [{ channel: 'EMAIL', enabled: false }],
    quietHours: { start: '22:00', end: '07:30', days: ['FRIDAY', 'MONDAY'] },
  }
  const changed = {
    ...answer(ada),
    timeZone: 'Europe/Berlin',
    locale: 'de',
    channelOrder: ['SMS', 'IN_APP', 'PUSH', 'EMAIL'],
    channels: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'].map((channel) => ({ channel, enabled: channel !== 'EMAIL' })),
    quietHours: { start: '22:00', end: '07:30', days: ['MONDAY', 'FRIDAY'] },
  }
  expect(await run(aViewer(ada), mutation, { input })).toEqual(answered(changed))
  expect(await run(aViewer(ada), mutation, { input: { quietHours: null, locale: null } })).toEqual(
    answered({ ...changed, quietHours: null, locale: 'en' }),
  )
})

test('a caller changes those of the user she names', async () => {
  const ada = await aUser()
  const quietHours = { start: '23:00', end: '06:00' }
  const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']
  expect(await run(aCaller(), mutation, { input: { userId: ada, quietHours } })).toEqual(
    answered({ ...answer(ada), quietHours: { ...quietHours, days } }),
  )
})

test('a category that no template has is kept, and told from one that a template has', async () => {
  const [ada, known, unknown] = [await aUser(), unique('known'), unique('unknown')]
  const contents = [{ locale: 'en', sms: { body: 'Hello' } }]
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const template = { name: known, tier: 'SOCIAL', category: known, ...flags, dataSchema: null, contents } as const
  await upsertTemplate(app.database, template, now)
  const categories = [
    { category: known, channel: null, enabled: false },
    { category: unknown, channel: 'PUSH', enabled: false },
  ]
  expect(await run(aViewer(ada), mutation, { input: { categories } })).toEqual(
    answered({
      ...answer(ada),
      categories: [
        { ...categories[0], isKnown: true },
        { ...categories[1], isKnown: false },
      ],
    }),
  )
})

test('every problem is named at once, and nothing is changed', async () => {
  const ada = await aUser()
  const bad = {
    timeZone: 'Mars/Olympus',
    locale: 'not a locale',
    channelOrder: ['PUSH', 'SMS', 'PUSH'],
    channels: [
      { channel: 'EMAIL', enabled: false },
      { channel: 'EMAIL', enabled: true },
    ],
    categories: [
      { category: 'a b', enabled: false },
      { category: 'news', enabled: false },
      { category: 'news', channel: null, enabled: null },
      { category: 'news', channel: 'SMS', enabled: false },
    ],
    quietHours: { start: '24:00', end: '7:30', days: ['MONDAY', 'MONDAY'] },
  }
  const problems = [
    [['timeZone'], 'BAD_TIME_ZONE'],
    [['locale'], 'BAD_LOCALE'],
    [['channelOrder', '2'], 'DUPLICATE_CHANNEL'],
    [['channelOrder'], 'REQUIRED'],
    [['channels', '1', 'channel'], 'DUPLICATE_CHANNEL'],
    [['categories', '0', 'category'], 'BAD_CATEGORY'],
    [['categories', '2'], 'DUPLICATE_CATEGORY'],
    [['quietHours', 'start'], 'BAD_TIME'],
    [['quietHours', 'end'], 'BAD_TIME'],
    [['quietHours', 'days', '1'], 'DUPLICATE_DAY'],
  ] as const
  const fields = problems.map(([path, code]) => ({ path: ['input', ...path], code }))
  const invalid = (all: readonly object[]) => answered({ __typename: 'InvalidInput', fields: all })
  expect(await run(aViewer(ada), mutation, { input: bad })).toEqual(invalid(fields))
  expect(await run(aCaller(), mutation, { input: bad })).toEqual(
    invalid([{ path: ['input', 'userId'], code: 'REQUIRED' }, ...fields]),
  )
  expect(await run(aViewer(ada), mutation, { input: {} })).toEqual(answered(answer(ada)))
})

test('a caller is told that there is no such user', async () => {
  for (const userId of [unique('nobody'), 'a\0b']) {
    expect(await run(aCaller(), mutation, { input: { userId } })).toEqual(
      answered({ __typename: 'NotFound', id: userId }),
    )
  }
})

test('a viewer may not change somebody else’s, nor nobody anybody’s', async () => {
  const [ada, bob] = [await aUser(), await aUser()]
  const refused = (code: string) => ({ errors: [{ extensions: { code } }] })
  expect(await run(aViewer(ada), mutation, { input: { userId: bob } })).toMatchObject(refused('FORBIDDEN'))
  expect(await run(nobody, mutation, { input: { userId: bob } })).toMatchObject(refused('UNAUTHENTICATED'))
})
