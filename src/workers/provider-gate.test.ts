import { describe, expect, test } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import type { ProviderName } from '../domain/words.ts'
import { openPacing } from '../store/pacing.ts'
import type { Entry } from './gate.ts'
import { type GateSettings, openProviderGate } from './provider-gate.ts'

const well: Outcome = { kind: 'accepted' }
const failed: Outcome = { kind: 'retryable', code: '503' }
const settings: GateSettings = { concurrency: 100, breaker: { failureRate: 0.5, minCalls: 5, slowMs: 5000 } }
const never = new AbortController().signal

interface Parts extends Partial<GateSettings> {
  readonly provider?: ProviderName
  readonly budget?: number
  readonly now?: () => number
}

/** A gate of a process by itself, with a clock that is set by hand. */
function aGate({ provider = 'apns', budget = Infinity, now, ...parts }: Parts = {}) {
  const clock = { ms: Date.parse('2026-11-22T10:00:00Z') }
  const time = now ?? (() => clock.ms)
  const pacing = openPacing(undefined, { marketingShare: 0.5, clock: time })({ id: provider, budget })
  const deps = { provider, tier: 'TRANSACTIONAL', settings: { ...settings, ...parts }, pacing, now: time } as const
  const gate = openProviderGate({ ...deps, random: () => 0 })
  const enter = (isRetry = false) => gate.enter({ isRetry }, never)
  /** Enters, and leaves at once; tells whether it could. */
  const call = async (outcome: Outcome, isRetry = false) => {
    const entry = await enter(isRetry)
    if (entry.kind === 'go') entry.leave(outcome, 20)
    return entry.kind
  }
  const calls = async (count: number, outcome: Outcome, isRetry = false) => {
    let went = 0
    for (let each = 0; each < count; each++) if ((await call(outcome, isRetry)) === 'go') went += 1
    return went
  }
  return { gate, clock, enter, call, calls }
}

const waits = (because: string, forMs: number): Entry => expect.objectContaining({ kind: 'wait', because, forMs })

describe('a provider that is well', () => {
  test('is called, and seen', async () => {
    const { gate, clock, calls } = aGate()
    expect(await calls(10, well)).toBe(10)
    expect(gate.isClosed()).toBe(false)
    const { latencies, ...view } = gate.view()
    expect(view).toEqual({
      provider: 'apns',
      tier: 'TRANSACTIONAL',
      state: 'CLOSED',
      openedBecause: null,
      openUntil: null,
      calls: 10,
      failures: 0,
      limitPerSecond: null,
    })
    expect(latencies.reduce((sum, each) => sum + each)).toBe(10)
    clock.ms += 60_000
    expect(gate.view()).toMatchObject({ calls: 0, latencies: latencies.map(() => 0) })
  })

  test('is left once, however often that is said', async () => {
    const { gate, enter } = aGate()
    const entry = await enter()
    if (entry.kind === 'go') entry.leave(well, 20)
    if (entry.kind === 'go') entry.leave(failed, 20)
    expect(gate.view()).toMatchObject({ calls: 1, failures: 0 })
  })

  test('is not called by a process that is stopping', async () => {
    expect(await aGate().gate.enter({ isRetry: false }, AbortSignal.abort())).toEqual(waits('busy', 100))
  })
})

describe('a provider that fails', () => {
  test('is left alone until its breaker lets somebody try', async () => {
    const { gate, clock, enter, calls } = aGate()
    await calls(5, failed)
    expect(gate.isClosed()).toBe(true)
    // The first place after that, of ten a second: it was not called more often before.
    expect(await enter()).toEqual(waits('breaker_open', 1600))
    expect(gate.view()).toMatchObject({
      state: 'OPEN',
      openedBecause: '5 of 5 calls failed; the last: 503',
      openUntil: new Date(clock.ms + 1500),
    })
    clock.ms += 1500
    expect(gate.isClosed()).toBe(false)
    const probes = await Promise.all([enter(), enter(), enter(), enter()])
    expect(probes.map(({ kind }) => kind)).toEqual(['go', 'go', 'go', 'wait'])
  })

  test('gets its backlog little by little when it is back', async () => {
    const { gate, clock, enter, calls } = aGate({ concurrency: 1000 })
    await calls(200, well)
    await calls(200, failed)
    clock.ms += 1500
    await calls(3, well)
    expect(gate.view().state).toBe('CLOSED')
    const backlog = await Promise.all(Array.from({ length: 500 }, () => enter()))
    // Of forty calls a second before, a quarter for now; and nobody waits for more than a quarter of a second.
    expect(backlog.filter(({ kind }) => kind === 'go').length).toBe(3)
    expect(backlog.at(-1)).toMatchObject({ kind: 'wait', because: 'paced' })
    clock.ms += 10_000
    expect(await calls(500, well)).toBe(500)
  })

  test('is asked again for a tenth of what it is asked at most, first attempts go on', async () => {
    const { call, calls, enter } = aGate({ breaker: { ...settings.breaker, minCalls: 10_000 } })
    expect(await calls(300, failed)).toBe(300)
    expect(await calls(300, failed, true)).toBe(33)
    expect(await enter(true)).toEqual(waits('retry_budget', 3000))
    expect(await call(failed)).toBe('go')
  })

  test('that hangs has an open breaker within twenty seconds, at two calls a second', async () => {
    const { gate, clock, calls, enter } = aGate()
    for (let second = 0; second < 60; second++) {
      await calls(2, well)
      clock.ms += 1000
    }
    const began = clock.ms
    while (gate.view().state === 'CLOSED' && clock.ms < began + 60_000) {
      await enter()
      clock.ms += 500
      gate.look()
    }
    expect(clock.ms - began).toBeLessThanOrEqual(10_000)
    expect(gate.view().openedBecause).toMatch(/calls failed; the last: no answer within 5000 ms$/)
  })

  test('that has hung is noticed while calls are under way', async () => {
    const { gate, clock, enter } = aGate()
    for (let call = 0; call < 5; call++) await enter()
    clock.ms += 5001
    gate.look()
    expect(gate.view()).toMatchObject({
      state: 'OPEN',
      openedBecause: '5 of 5 calls failed; the last: no answer within 5000 ms',
      failures: 5,
    })
  })
})

describe('retries that a provider accepts', () => {
  test('cost nothing', async () => {
    expect(await aGate().calls(500, well, true)).toBe(500)
  })
})

describe('a provider that hangs', () => {
  test('gets no more calls than there are places, and leaves another provider untouched', async () => {
    const [apns, fcm] = [aGate({ concurrency: 20 }), aGate({ concurrency: 20, provider: 'fcm' })]
    for (let call = 0; call < 20; call++) await apns.enter()
    for (let each = 0; each < 5; each++) {
      const [hanging, other] = [apns.enter(), await fcm.enter()]
      expect(other.kind).toBe('go')
      if (other.kind === 'go') other.leave(well, 20)
      expect(await hanging).toEqual(waits('busy', each < 3 ? 300 : 1500))
      apns.clock.ms += 200
      fcm.clock.ms += 200
    }
    expect([apns.gate.isClosed(), fcm.gate.isClosed()]).toEqual([true, false])
  })
})

describe('a provider that throttles', () => {
  const throttled: Outcome = { kind: 'retryable', code: '429', throttled: true, afterMs: 60_000 }

  test('is called less, and its breaker stays closed', async () => {
    const { gate, enter, calls } = aGate({ now: Date.now })
    await calls(100, well)
    await calls(100, throttled)
    await expect.poll(() => gate.view().limitPerSecond).not.toBeNull()
    const entries = await Promise.all(Array.from({ length: 100 }, () => enter()))
    expect(entries.filter((entry) => entry.kind === 'wait' && entry.because === 'paced').length).toBeGreaterThan(50)
    expect(gate.view()).toMatchObject({ state: 'CLOSED', failures: 0 })
  })
})

test('a budget is kept to', async () => {
  const { gate, enter } = aGate({ budget: 1 })
  const entries = await Promise.all(Array.from({ length: 10 }, () => enter()))
  expect(entries.filter(({ kind }) => kind === 'go').length).toBeLessThanOrEqual(2)
  expect(entries.at(-1)).toMatchObject({ kind: 'wait', because: 'paced' })
  expect(gate.view().limitPerSecond).toBe(1)
})
