import { afterAll, expect, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { unknownUserIds, upsertUsers } from '../store/users.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const result = `__typename
  ... on Device { id deviceId platform app environment isActive registeredAt lastSeenAt }
  ... on InvalidInput { fields { path code } }
  ... on RequestError { code }`
const register = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { ${result} } }`
const unregister = `mutation ($input: UnregisterDeviceInput!) { unregisterDevice(input: $input) { ${result} } }`
const node = 'query ($id: ID!) { node(id: $id) { __typename id ... on Device { isActive } } }'

const anIphone = () => ({
  deviceId: 'iphone',
  platform: 'IOS',
  token: Buffer.from(unique('0123456789abcdef0123')).toString('hex').padEnd(80, 'AB'),
})

const shown = (userId: string, parts: object = {}) => ({
  __typename: 'Device',
  id: `dev_${userId}~iphone`,
  deviceId: 'iphone',
  platform: 'IOS',
  app: 'com.example.app',
  environment: 'PRODUCTION',
  isActive: true,
  registeredAt: now.toISOString(),
  lastSeenAt: now.toISOString(),
  ...parts,
})

const invalid = (...fields: readonly (readonly [string, string])[]) => ({
  __typename: 'InvalidInput',
  code: 'INVALID_INPUT',
  fields: fields.map(([field, code]) => ({ path: ['input', field], code })),
})

async function aUser(): Promise<string> {
  const id = unique('ada')
  await upsertUsers(app.database, [{ id }], now)
  return id
}

test('a viewer registers and unregisters her own device, though nobody has told of her', async () => {
  const userId = unique('ada')
  expect(await run(aViewer(userId), register, { input: anIphone() })).toEqual({
    data: { registerDevice: shown(userId) },
  })
  expect(await unknownUserIds(app.database, [userId])).toEqual([])
  const inactive = shown(userId, { isActive: false })
  expect(await run(aViewer(userId), unregister, { input: { userId, deviceId: 'iphone' } })).toEqual({
    data: { unregisterDevice: inactive },
  })
})

test('a caller registers the device of a user, with an app and an environment', async () => {
  const userId = await aUser()
  const input = { ...anIphone(), userId, app: 'com.example.beta', environment: 'DEVELOPMENT' }
  expect(await run(aCaller(), register, { input })).toEqual({
    data: { registerDevice: shown(userId, { app: 'com.example.beta', environment: 'DEVELOPMENT' }) },
  })
})

test('the token of an iPhone is one token in either case', async () => {
  const [ada, bob] = [await aUser(), await aUser()]
  const device = anIphone()
  await run(aViewer(ada), register, { input: { ...device, token: device.token.toUpperCase() } })
  await run(aViewer(bob), register, { input: { ...device, token: device.token.toLowerCase() } })
  expect(await run(aCaller(), node, { id: `dev_${ada}~iphone` })).toEqual({ data: { node: null } })
})

test('a caller has to say whose device it is, and of a user whom we know', async () => {
  const unnamed = invalid(['userId', 'REQUIRED'])
  expect(await run(aCaller(), register, { input: anIphone() })).toEqual({ data: { registerDevice: unnamed } })
  expect(await run(aCaller(), unregister, { input: { deviceId: 'iphone' } })).toEqual({
    data: { unregisterDevice: unnamed },
  })
  const input = { deviceId: 'my phone', platform: 'ANDROID', token: 'short', app: '', userId: unique('nobody') }
  expect(await run(aCaller(), register, { input })).toEqual({
    data: {
      registerDevice: invalid(
        ['userId', 'UNKNOWN_USER'],
        ['deviceId', 'BAD_DEVICE_ID'],
        ['token', 'BAD_TOKEN'],
        ['app', 'BAD_APP'],
      ),
    },
  })
})

test('a viewer may not touch the devices of somebody else', async () => {
  const [ada, bob] = [await aUser(), await aUser()]
  await run(aViewer(bob), register, { input: anIphone() })
  const refused = { errors: [{ extensions: { code: 'FORBIDDEN' } }] }
  expect(await run(aViewer(ada), register, { input: { ...anIphone(), userId: bob } })).toMatchObject(refused)
  expect(await run(aViewer(ada), unregister, { input: { deviceId: 'iphone', userId: bob } })).toMatchObject(refused)
  const id = `dev_${bob}~iphone`
  expect(await run(aViewer(ada), node, { id })).toEqual({ data: { node: null } })
  const seen = { data: { node: { __typename: 'Device', id, isActive: true } } }
  expect(await run(aViewer(bob), node, { id })).toEqual(seen)
  expect(await run(aCaller(), node, { id })).toEqual(seen)
})

test.each(['tablet', '', 'a\0b'])('there is no device %j', async (deviceId) => {
  expect(await run(aViewer(unique('ada')), unregister, { input: { deviceId } })).toEqual({
    data: { unregisterDevice: { __typename: 'NotFound', code: 'NOT_FOUND' } },
  })
})

test('nobody registers nothing', async () => {
  const refused = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }
  expect(await run(nobody, register, { input: anIphone() })).toMatchObject(refused)
  expect(await run(nobody, unregister, { input: { deviceId: 'iphone' } })).toMatchObject(refused)
})
