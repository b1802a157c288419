import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { type ClaimedSlice, type Claims, type EarlierClaims, nothingEarlier } from '../domain/claim.ts'
import type { Outcome } from '../domain/outcome.ts'
import { openClaims } from '../store/claims.ts'
import { openDatabase } from '../store/database.ts'
import { openRedis } from '../store/redis.ts'
import { type Calling, makeCalls } from './calls.ts'
import { type Gate, openGate } from './gate.ts'
import { leaseMs } from './lease.ts'
import type { Call } from './plan.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'calls-test' })
const redis = openRedis(address('REDIS_URL'), 'calls-test')
if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
const inStores = openClaims(database.pool, redis)
/** What the workers of this file were told when they renewed their leases. */
const renewals: boolean[] = []
const claims: Claims = {
  ...inStores,
  async renew(...lease) {
    const isHeld = await inStores.renew(...lease)
    renewals.push(isHeld)
    return isHeld
  },
}
const now = new Date('2026-11-25T12:00:00Z')

afterAll(async () => {
  redis.disconnect()
  await database.close()
})

const aSlice = (change: Partial<ClaimedSlice> = {}): ClaimedSlice => ({
  id: `slc_${randomUUID()}`,
  createdAt: now,
  isRepeat: false,
  generation: 0,
  ...change,
})

const accepted: Outcome = { kind: 'accepted', code: '201' }

function aCall(key: string, run: Call['run'] = async () => accepted, wait?: Call['wait']): Call {
  return { key, provider: 'twilio', others: [], device: undefined, address: undefined, wait, run }
}

function made(
  slice: ClaimedSlice,
  calls: readonly Call[],
  change: Partial<Calling> & { gate?: Gate; store?: Claims } = {},
) {
  const {
    gate = openGate,
    store = claims,
    worker = randomUUID(),
    earlier = found(nothingEarlier),
    isRetry = false,
  } = change
  const deps = { claims: store, gates: () => gate, now: () => now, hurry: new AbortController().signal }
  return makeCalls(deps, { slice, worker, earlier, calls, isRetry })
}

function found(earlier: EarlierClaims) {
  if (earlier.kind === 'busy') throw new Error('busy')
  return earlier
}

const outcomes = (answers: ReadonlyMap<string, { kind: string; outcome?: Outcome }>) =>
  Object.fromEntries([...answers].map(([key, answer]) => [key, answer.outcome?.kind ?? answer.kind]))

describe('the calls of a slice', () => {
  it('are each made once, and not again by whoever gets the slice next', async () => {
    const slice = aSlice()
    const called: string[] = []
    const calls = ['ada', 'bob'].map((key) =>
      aCall(key, async () => {
        called.push(key)
        return accepted
      }),
    )
    const first = await made(slice, calls, { worker: 'one' })
    expect(first.kind === 'made' && outcomes(first.answers)).toEqual({ ada: 'accepted', bob: 'accepted' })
    // The same run of a worker may claim again; another one has to wait for the lease, and finds the marks then.
    const again = await made(slice, calls, { worker: 'one' })
    expect(again.kind === 'made' && outcomes(again.answers)).toEqual({ ada: 'accepted', bob: 'accepted' })
    expect(called).toEqual(['ada', 'bob'])
  })

  it('are nobody else’s while a worker is at it', async () => {
    const slice = aSlice()
    const gate = Promise.withResolvers<Outcome>()
    const first = made(slice, [aCall('ada', () => gate.promise)])
    await expect.poll(async () => (await made(slice, [aCall('ada')])).kind).toBe('busy')
    gate.resolve(accepted)
    expect((await first).kind).toBe('made')
  })

  it('that a dead worker may have made are unknown, by the name of whom it called', async () => {
    const createdAt = new Date(Date.now() + 60_000)
    const slice = aSlice({ isRepeat: true, createdAt })
    await claims.claim(slice, 'dead', 1, [{ key: 'ada', provider: 'vonage' }])
    const earlier = found(await untilFound(slice))
    const next = await made(slice, [aCall('ada', unexpected), aCall('bob')], { earlier })
    expect(next.kind === 'made' && next.answers.get('ada')).toEqual({
      kind: 'answered',
      provider: 'vonage',
      outcome: { kind: 'unknown', code: 'claimed_without_mark' },
      at: createdAt,
      latencyMs: 0,
    })
    expect(next.kind === 'made' && outcomes(next.answers)).toMatchObject({ bob: 'accepted' })
  })

  it('are unknown where claims may have been lost', async () => {
    const earlier = { kind: 'found', of: new Map(), isComplete: false } as const
    const next = await made(aSlice({ isRepeat: true }), [aCall('ada', unexpected)], { earlier })
    expect(next.kind === 'made' && next.answers.get('ada')).toMatchObject({ outcome: { code: 'claim_lost' } })
  })

  it('are not made for whom the gate makes wait, nor for those behind her', async () => {
    const asked: string[] = []
    const gate: Gate = {
      isClosed: () => false,
      comeBackInMs: () => 0,
      async enter() {
        asked.push('asked')
        return { kind: 'wait', forMs: 900, because: 'paced' }
      },
    }
    const slice = aSlice()
    const keys = Array.from({ length: 100 }, (_, n) => `u${n}`)
    const waiting = await made(
      slice,
      keys.map((key) => aCall(key, unexpected)),
      { gate, worker: 'one' },
    )
    expect(waiting.kind === 'made' && new Set(Object.values(outcomes(waiting.answers)))).toEqual(
      new Set(['not_called']),
    )
    expect(asked.length).toBeLessThanOrEqual(50)
    // It is known that nobody was called.
    const again = await made(slice, [aCall('u1', unexpected)], { worker: 'one' })
    expect(again.kind === 'made' && again.answers.get('u1')).toEqual({
      kind: 'not_called',
      forMs: 900,
      because: 'paced',
    })
  })

  it('count although their answers cannot be marked, one by one, while others are being made', async () => {
    const full = { ...claims, mark: () => Promise.reject(new Error('No space left on device')) }
    const gate = Promise.withResolvers<Outcome>()
    const slice = aSlice()
    const making = made(slice, [aCall('ada'), aCall('bob', () => gate.promise)], { store: full })
    await expect.poll(async () => (await made(slice, [aCall('ada')])).kind).toBe('busy')
    gate.resolve(accepted)
    const both = await making
    expect(both.kind === 'made' && outcomes(both.answers)).toEqual({ ada: 'accepted', bob: 'accepted' })
  })

  it('are not made before their time, nor claimed', async () => {
    const slice = aSlice()
    const wait = { forMs: 5000, because: 'retry' }
    const first = await made(slice, [aCall('ada', unexpected, wait)], { worker: 'one' })
    expect(first.kind === 'made' && first.answers.get('ada')).toEqual({ kind: 'not_called', ...wait })
    const later = await made(slice, [aCall('ada')], { worker: 'one' })
    expect(later.kind === 'made' && outcomes(later.answers)).toEqual({ ada: 'accepted' })
  })
})

describe('a worker that was paused', () => {
  it('makes no more calls once another one has taken over, and cannot overwrite what that one finds', async () => {
    const slice = aSlice()
    const pause = Promise.withResolvers<Outcome>()
    const called: string[] = []
    const calls = [
      aCall('first', () => pause.promise),
      ...Array.from({ length: 60 }, (_, n) =>
        aCall(`u${n}`, async () => {
          called.push(`u${n}`)
          return n < 49 ? pause.promise : accepted
        }),
      ),
    ]
    const late = made(slice, calls, { worker: 'late' })
    await expect.poll(() => called.length).toBe(49)
    // What a pause longer than the lease does to it, in the store: its lease is over, another worker has the slice.
    await redis.hset(`claim:{${slice.id}}`, 'until', 0)
    const taken = await claims.claim(slice, 'next', leaseMs, [{ key: 'first', provider: 'twilio' }])
    expect(taken).toEqual({ kind: 'claimed', of: new Map([['first', { kind: 'unmarked', provider: 'twilio' }]]) })
    await expect.poll(() => renewals, { timeout: 10_000 }).toContain(false)
    pause.resolve(accepted)
    const end = await late
    expect(end.kind).toBe('lost')
    expect(called).toHaveLength(49)
    expect(await redis.hget(`claim:{${slice.id}}`, 't:first')).toBe('twilio')
  })
})

async function untilFound(slice: ClaimedSlice): Promise<EarlierClaims> {
  let earlier = await claims.earlier(slice, 'next')
  while (earlier.kind === 'busy') earlier = await claims.earlier(slice, 'next')
  return earlier
}

async function unexpected(): Promise<Outcome> {
  throw new Error('must not be called')
}
