import { randomUUID } from 'node:crypto'
import { ulid } from 'ulid'
import { afterAll, describe, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import type { ClaimedSlice, Claims, Mark, WantedClaim } from '../domain/claim.ts'
import { notificationId, sliceId } from '../domain/ids.ts'
import { openClaims } from './claims.ts'
import { openDatabase } from './database.ts'
import { openRedis } from './redis.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'claims-test' })
const redis = openRedis(address('REDIS_URL'), 'claims-test')
const away = openRedis('redis://127.0.0.1:1', 'claims-test away')
if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))

const inRedis = openClaims(database.pool, redis)
const inPostgres = openClaims(database.pool, undefined)
const whileRedisIsAway = openClaims(database.pool, away)

afterAll(async () => {
  redis.disconnect()
  away.disconnect()
  await database.close()
})

const aSlice = (change: Partial<ClaimedSlice> = {}): ClaimedSlice => ({
  id: `slc_${randomUUID()}`,
  createdAt: new Date(Date.now() + 60_000),
  isRepeat: false,
  generation: 0,
  ...change,
})
const wanted = (...keys: string[]): WantedClaim[] => keys.map((key) => ({ key, provider: 'twilio' }))
const accepted: Mark = {
  kind: 'answered',
  provider: 'twilio',
  outcome: { kind: 'accepted', code: '201' },
  at: new Date('2026-11-25T12:00:00Z'),
  latencyMs: 5,
}
const newFor = (...keys: string[]) => ({
  kind: 'claimed',
  of: new Map(keys.map((key) => [key, { kind: 'new' }])),
})

describe.each([
  ['Redis', inRedis],
  ['PostgreSQL', inPostgres],
  ['PostgreSQL, while Redis is away', whileRedisIsAway],
])('claims in %s', (_name, claims: Claims) => {
  it('are new for the first worker, and nobody else gets any while it holds them', async () => {
    const slice = aSlice()
    expect(await claims.claim(slice, 'one', 5000, wanted('ada', 'bob'))).toEqual(newFor('ada', 'bob'))
    expect(await claims.claim(slice, 'two', 5000, wanted('ada', 'eve'))).toEqual({ kind: 'busy' })
  })

  it('tell the next worker what was answered, and who may have been called', async () => {
    const slice = aSlice()
    await claims.claim(slice, 'one', 1, wanted('ada', 'bob'))
    expect(await claims.mark(slice.id, 'one', 'ada', accepted)).toBe(true)
    await expect
      .poll(() => claims.claim(slice, 'two', 5000, wanted('ada', 'bob', 'eve')))
      .toEqual({
        kind: 'claimed',
        of: new Map([
          ['ada', { kind: 'marked', mark: accepted }],
          ['bob', { kind: 'unmarked', provider: 'twilio' }],
          ['eve', { kind: 'new' }],
        ]),
      })
  })

  it('are kept by a worker that renews them', async () => {
    const slice = aSlice()
    await claims.claim(slice, 'one', 1, wanted('ada'))
    expect(await claims.renew(slice.id, 'one', 60_000)).toBe(true)
    expect(await claims.claim(slice, 'two', 5000, wanted('ada'))).toEqual({ kind: 'busy' })
  })

  it('cannot be renewed or marked by a worker that has lost them', async () => {
    const slice = aSlice()
    await claims.claim(slice, 'one', 1, wanted('ada'))
    await expect.poll(async () => (await claims.claim(slice, 'two', 60_000, wanted('ada'))).kind).toBe('claimed')
    expect(await claims.renew(slice.id, 'one', 60_000)).toBe(false)
    expect(await claims.mark(slice.id, 'one', 'ada', accepted)).toBe(false)
    expect(await claims.claim(slice, 'two', 5000, wanted('ada'))).toEqual({
      kind: 'claimed',
      of: new Map([['ada', { kind: 'unmarked', provider: 'twilio' }]]),
    })
  })

  it('are found by whoever gets the slice again', async () => {
    const slice = aSlice()
    await claims.claim(slice, 'one', 1, wanted('ada', 'bob'))
    await claims.mark(slice.id, 'one', 'ada', accepted)
    await expect
      .poll(async () => {
        const earlier = await claims.earlier({ ...slice, isRepeat: true }, 'two')
        return earlier.kind === 'found' ? earlier.of : earlier
      })
      .toEqual(
        new Map([
          ['ada', { kind: 'marked', mark: accepted }],
          ['bob', { kind: 'unmarked', provider: 'twilio' }],
        ]),
      )
  })

  it('are not looked for when a slice is handed out for the first time', async () => {
    expect(await claims.earlier(aSlice(), 'one')).toEqual({ kind: 'found', of: new Map(), isComplete: true })
  })
})

describe('claims over both stores', () => {
  it('made in one are found when only the other answered meanwhile', async () => {
    const slice = aSlice({ isRepeat: true })
    await inRedis.claim(slice, 'one', 1, wanted('ada', 'bob'))
    await whileRedisIsAway.mark(slice.id, 'one', 'bob', accepted)
    await whileRedisIsAway.claim(slice, 'two', 1, wanted('eve'))
    await expect
      .poll(() => inRedis.earlier(slice, 'three'))
      .toEqual({
        kind: 'found',
        of: new Map([
          ['ada', { kind: 'unmarked', provider: 'twilio' }],
          ['bob', { kind: 'marked', mark: accepted }],
          ['eve', { kind: 'unmarked', provider: 'twilio' }],
        ]),
        isComplete: true,
      })
  })

  it('are busy when their worker has gone on in PostgreSQL', async () => {
    const slice = aSlice({ isRepeat: true })
    await inRedis.claim(slice, 'one', 1, wanted('ada'))
    await whileRedisIsAway.renew(slice.id, 'one', 60_000)
    expect(await inRedis.earlier(slice, 'two')).toEqual({ kind: 'busy' })
  })

  it('are new in PostgreSQL alone only for a slice that nobody else has had', async () => {
    const doubtful = { kind: 'claimed', of: new Map([['ada', { kind: 'unmarked', provider: undefined }]]) }
    expect(await whileRedisIsAway.claim(aSlice(), 'one', 5000, wanted('ada'))).toEqual(newFor('ada'))
    expect(await whileRedisIsAway.claim(aSlice({ isRepeat: true }), 'one', 5000, wanted('ada'))).toEqual(doubtful)
    // The relay has handed it out again since it was read.
    const handedOut = aSlice({ id: sliceId(notificationId(ulid()), 0, 'SMS', 0) })
    await database.pool.query(
      `INSERT INTO slice (id, notification_id, page, tier, channel, targets, due_at, generation)
        VALUES ($1, 'ntf', 0, 'SOCIAL', 'SMS', '[]', now() + interval '1 hour', 1)`,
      [handedOut.id],
    )
    expect(await whileRedisIsAway.claim(handedOut, 'one', 5000, wanted('ada'))).toEqual(doubtful)
    await database.pool.query('DELETE FROM slice WHERE id = $1', [handedOut.id])
  })

  it('may be missing while Redis is away', async () => {
    expect(await whileRedisIsAway.earlier(aSlice({ isRepeat: true }), 'one')).toMatchObject({ isComplete: false })
  })

  it('may be missing for slices made before Redis lost something, not for later ones', async () => {
    const before = new Date(Date.now() - 3_600_000 * 24 * 40)
    expect(await inRedis.earlier(aSlice({ isRepeat: true, createdAt: before }), 'one')).toMatchObject({
      isComplete: false,
    })
    expect(await inRedis.earlier(aSlice({ isRepeat: true }), 'one')).toMatchObject({ isComplete: true })
  })
})
