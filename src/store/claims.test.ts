import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import type { Claims } from '../domain/claim.ts'
import { openClaims } from './claims.ts'
import { openDatabase } from './database.ts'
import { postgresClaims } from './postgres-claims.ts'
import { openRedis } from './redis.ts'
import { redisClaims } from './redis-claims.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'claims-test' })
const redis = openRedis(address('REDIS_URL'), 'claims-test')
if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))

afterAll(async () => {
  redis.disconnect()
  await database.close()
})

const engines: Readonly<Record<string, Claims>> = {
  Redis: redisClaims(redis),
  PostgreSQL: postgresClaims(database.pool),
}

describe.each(Object.entries(engines))('claims in %s', (_name, claims) => {
  const aSlice = () => `slc_${randomUUID()}`

  it('are new for the first worker, and nobody else gets any while it holds them', async () => {
    const slice = aSlice()
    expect(await claims.claim(slice, ['ada', 'bob'], 'one', 5000)).toEqual({
      kind: 'claimed',
      of: new Map([
        ['ada', { kind: 'new' }],
        ['bob', { kind: 'new' }],
      ]),
    })
    expect(await claims.claim(slice, ['ada', 'eve'], 'two', 5000)).toEqual({ kind: 'busy' })
  })

  it('tell the next worker what was answered, and what may have been called', async () => {
    const slice = aSlice()
    await claims.claim(slice, ['ada', 'bob'], 'one', 1)
    await claims.mark(slice, 'ada', { kind: 'accepted', code: '201' })
    await expect
      .poll(() => claims.claim(slice, ['ada', 'bob', 'eve'], 'two', 5000))
      .toEqual({
        kind: 'claimed',
        of: new Map([
          ['ada', { kind: 'marked', outcome: { kind: 'accepted', code: '201' } }],
          ['bob', { kind: 'unmarked' }],
          ['eve', { kind: 'new' }],
        ]),
      })
  })

  it('are kept by a worker that renews them', async () => {
    const slice = aSlice()
    await claims.claim(slice, ['ada'], 'one', 1)
    await claims.renew(slice, 'one', 60_000)
    await expect.poll(() => claims.claim(slice, ['ada'], 'two', 5000)).toEqual({ kind: 'busy' })
  })

  it('are not kept by a worker that has lost them', async () => {
    const slice = aSlice()
    await claims.claim(slice, ['ada'], 'one', 1)
    await expect.poll(async () => (await claims.claim(slice, ['ada'], 'two', 60_000)).kind).toBe('claimed')
    await claims.renew(slice, 'one', 60_000)
    expect(await claims.claim(slice, ['ada'], 'one', 5000)).toEqual({ kind: 'busy' })
  })
})

it('guards in PostgreSQL while Redis is away', async () => {
  const away = openRedis('redis://127.0.0.1:1', 'away')
  const claims = openClaims(database.pool, away)
  const slice = `slc_${randomUUID()}`
  expect((await claims.claim(slice, ['ada'], 'one', 5000)).kind).toBe('claimed')
  expect(await claims.claim(slice, ['ada'], 'two', 5000)).toEqual({ kind: 'busy' })
  away.disconnect()
})
