import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import {
  findCallerByKey,
  hashApiKey,
  insertCaller,
  type NewCaller,
  newApiKey,
  replaceCallerKey,
  revokeCaller,
} from './callers.ts'
import { openDatabase } from './database.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 3, name: 'callers-test' })
afterAll(() => database.close())

const aHash = () => hashApiKey(newApiKey(randomBytes(32)))

const makeCaller = (parts: Partial<NewCaller> = {}) =>
  insertCaller(database, {
    id: `clr_${ulid().toLowerCase()}`,
    name: unique('caller'),
    tiers: ['SOCIAL', 'TRANSACTIONAL'],
    perMinute: 1_000,
    bulk: true,
    admin: false,
    campaignPerSecond: 50,
    keyHash: aHash(),
    createdAt: new Date('2026-11-22T10:00:00.123Z'),
    ...parts,
  })

test('a key is 256 bits behind a prefix, and its hash is its SHA-256', () => {
  const key = newApiKey(Buffer.alloc(32, 0xfb))
  expect(key).toBe(`car_${'-_v7'.repeat(10)}-_s`)
  expect(hashApiKey('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a caller is found by its key and by no other', async () => {
  const keyHash = aHash()
  const caller = await makeCaller({ keyHash })
  expect(await findCallerByKey(database, keyHash)).toEqual(caller)
  expect(await findCallerByKey(database, aHash())).toBeUndefined()
})

test('both keys of a caller work for an hour, then the new one', async () => {
  const [first, second] = [aHash(), aHash()]
  const caller = await makeCaller({ keyHash: first })
  expect(await replaceCallerKey(database, caller.id, second)).toEqual(caller)
  expect(await findCallerByKey(database, first)).toEqual(caller)
  expect(await findCallerByKey(database, second)).toEqual(caller)
  const { rows } = await database.pool.query(
    `UPDATE caller SET previous_key_expires_at = previous_key_expires_at - interval '1 hour' WHERE id = $1
     RETURNING previous_key_expires_at BETWEEN now() - interval '1 minute' AND now() AS "isAnHour"`,
    [caller.id],
  )
  expect(rows).toEqual([{ isAnHour: true }])
  expect(await findCallerByKey(database, first)).toBeUndefined()
  expect(await findCallerByKey(database, second)).toEqual(caller)
})

test('no key of a revoked caller works, and it gets no new one', async () => {
  const [first, second] = [aHash(), aHash()]
  const caller = await makeCaller({ keyHash: first })
  await replaceCallerKey(database, caller.id, second)
  const revoked = await revokeCaller(database, caller.id)
  expect(revoked).toEqual({ ...caller, revokedAt: expect.any(Date) })
  expect(await revokeCaller(database, caller.id)).toEqual(revoked)
  expect(await findCallerByKey(database, first)).toBeUndefined()
  expect(await findCallerByKey(database, second)).toBeUndefined()
  expect(await replaceCallerKey(database, caller.id, aHash())).toBeUndefined()
})

test('keys of a caller that is not there', async () => {
  expect(await replaceCallerKey(database, 'clr_nobody', aHash())).toBeUndefined()
  expect(await revokeCaller(database, 'clr_nobody')).toBeUndefined()
})
