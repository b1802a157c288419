import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import {
  deactivateDevice,
  deactivateToken,
  deactivateUnseen,
  devicesOf,
  findDevice,
  type Registration,
  registerDevice,
} from './devices.ts'
import { unknownUserIds } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 20, name: 'devices-test' })
afterAll(() => database.close())

const then = new Date('2026-11-22T10:00:00.000Z')
const later = new Date('2026-11-22T11:00:00.000Z')

const aRegistration = (parts: Partial<Registration> = {}): Registration => ({
  userId: unique('user'),
  deviceId: 'phone',
  platform: 'IOS',
  token: unique('token'),
  app: 'com.example.app',
  environment: 'PRODUCTION',
  ...parts,
})

const shown = ({ token: _secret, ...device }: Registration, registeredAt: Date, lastSeenAt: Date) => ({
  ...device,
  isActive: true,
  registeredAt,
  lastSeenAt,
})

const tokenOf = async ({ userId, deviceId }: Registration) =>
  (await database.prisma.device.findUnique({ where: { userId_deviceId: { userId, deviceId } } }))?.token

test('a device is registered, with a user who was not known yet, and never shows its token', async () => {
  const registration = aRegistration()
  const device = await registerDevice(database, registration, then)
  expect(device).toEqual(shown(registration, then, then))
  expect(await devicesOf(database, registration.userId)).toEqual([device])
  expect(await unknownUserIds(database, [registration.userId])).toEqual([])
})

test('a device that registers again with its token has only been seen again', async () => {
  const registration = aRegistration()
  await registerDevice(database, registration, then)
  expect(await registerDevice(database, registration, later)).toEqual(shown(registration, then, later))
})

test('a new token takes the place of the old one', async () => {
  const registration = aRegistration()
  await registerDevice(database, registration, then)
  const renewed = { ...registration, token: unique('token') }
  expect(await registerDevice(database, renewed, later)).toEqual(shown(renewed, later, later))
  expect(await tokenOf(registration)).toBe(renewed.token)
})

test('a device that was unregistered is active again from its next registration on', async () => {
  const registration = aRegistration()
  const device = await registerDevice(database, registration, then)
  const { userId, deviceId } = registration
  expect(await deactivateDevice(database, userId, deviceId)).toEqual({ ...device, isActive: false })
  expect(await registerDevice(database, registration, later)).toEqual(shown(registration, later, later))
})

test('a token that belonged to somebody else is hers no longer', async () => {
  const [ada, other] = [aRegistration(), aRegistration()]
  const bob = aRegistration({ token: ada.token })
  await registerDevice(database, ada, then)
  await registerDevice(database, other, then)
  await registerDevice(database, bob, later)
  expect(await devicesOf(database, ada.userId)).toEqual([])
  expect(await devicesOf(database, bob.userId)).toEqual([shown(bob, later, later)])
  expect(await devicesOf(database, other.userId)).toEqual([shown(other, then, then)])
})

test('the same token in another app is another one', async () => {
  const ada = aRegistration()
  await registerDevice(database, ada, then)
  await registerDevice(database, aRegistration({ token: ada.token, app: 'com.example.other' }), then)
  expect(await tokenOf(ada)).toBe(ada.token)
})

test('one of many who register a token at once has it', async () => {
  const token = unique('token')
  const registrations = Array.from({ length: 20 }, () => aRegistration({ token }))
  await Promise.all(registrations.map((registration) => registerDevice(database, registration, then)))
  expect(await database.prisma.device.count({ where: { token } })).toBe(1)
})

test('devices that swap their tokens back and forth at once, while they die and are signed out, all succeed', async () => {
  const [one, two] = [aRegistration(), aRegistration()]
  const swaps = Array.from({ length: 30 }, (_, index) => {
    const [device, token] = [index % 2 ? one : two, index % 3 ? one.token : two.token]
    return [
      registerDevice(database, { ...device, token }, then),
      deactivateToken(database.pool, { app: device.app, token, deadSince: later }),
      deactivateDevice(database, device.userId, device.deviceId),
    ]
  })
  expect(await Promise.all(swaps.flat())).toHaveLength(90)
})

test('devices come newest first, inactive ones too', async () => {
  const old = aRegistration({ deviceId: 'a-old' })
  const fresh = aRegistration({ userId: old.userId, deviceId: 'b-new' })
  await registerDevice(database, old, then)
  await registerDevice(database, fresh, later)
  await deactivateDevice(database, old.userId, old.deviceId)
  expect(await devicesOf(database, old.userId)).toEqual([
    shown(fresh, later, later),
    { ...shown(old, then, then), isActive: false },
  ])
})

test('a dead token is taken out of use unless it was registered again since', async () => {
  const registration = aRegistration()
  await registerDevice(database, registration, later)
  const { userId, deviceId, app, token } = registration
  expect(await deactivateToken(database.pool, { app, token, deadSince: then })).toBe(false)
  expect((await findDevice(database, userId, deviceId))?.isActive).toBe(true)
  expect(await deactivateToken(database.pool, { app, token, deadSince: later })).toBe(true)
  expect((await findDevice(database, userId, deviceId))?.isActive).toBe(false)
  expect(await deactivateToken(database.pool, { app, token, deadSince: later })).toBe(false)
})

test('devices that nobody has seen for long go out of use, in batches, until they are registered again', async () => {
  const longAgo = new Date('2020-01-01T00:00:00.000Z')
  const day = (count: number) => new Date(longAgo.getTime() + count * 86_400_000)
  const forgotten = Array.from({ length: 1100 }, () => aRegistration())
  const { pool } = database
  await pool.query('INSERT INTO users (user_id) SELECT unnest($1::text[])', [forgotten.map(({ userId }) => userId)])
  await pool.query(
    `INSERT INTO device (user_id, device_id, platform, token, app, environment, registered_at, last_seen_at)
      SELECT user_id, 'phone', 'IOS', 'token ' || user_id, 'com.example.app', 'PRODUCTION', $2, $2
      FROM unnest($1::text[]) AS users (user_id)`,
    [forgotten.map(({ userId }) => userId), longAgo],
  )
  const seen = aRegistration()
  await registerDevice(database, seen, longAgo)
  await registerDevice(database, seen, day(20))
  const [first = seen] = forgotten
  const isActive = async ({ userId }: Registration) => (await findDevice(database, userId, 'phone'))?.isActive

  expect(await deactivateUnseen(pool, 0, day(30))).toBe(0)
  expect(await deactivateUnseen(pool, 20, day(30))).toBe(1100)
  expect(await deactivateUnseen(pool, 20, day(30))).toBe(0)
  expect([await isActive(first), await isActive(seen)]).toEqual([false, true])

  expect(await registerDevice(database, first, day(30))).toEqual(shown(first, day(30), day(30)))
  expect(await deactivateUnseen(pool, 15, day(40))).toBe(1)
  expect([await isActive(first), await isActive(seen)]).toEqual([true, false])
})

test('nothing is deactivated for a device that is not there', async () => {
  expect(await deactivateDevice(database, unique('user'), 'phone')).toBeUndefined()
  expect(await deactivateDevice(database, 'a\0b', 'phone')).toBeUndefined()
})
