import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { openDatabase } from '../store/database.ts'
import { holdDuty } from '../store/duty.ts'
import { type Duty, standFor } from './duty.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'duty-test' })
const { pool } = database
const standing: Duty[] = []
afterAll(async () => {
  await Promise.all(standing.map((duty) => duty.stop()))
  await database.close()
})

const timing = { askEveryMs: 20, leaseMs: 400 }
const name = () => `duty-${randomUUID()}`

function stand(duty: string, work: () => Promise<void>, everyMs = 10): Duty {
  const stands = standFor(database, { name: duty, everyMs, work }, timing)
  standing.push(stands)
  return stands
}

it('is done by one process, again and again, and by the next one as soon as that one stops', async () => {
  const duty = name()
  const done: string[] = []
  const first = stand(duty, async () => void done.push('first'))
  await expect.poll(() => done.length).toBeGreaterThan(1)
  const second = stand(duty, async () => void done.push('second'))
  const before = done.length
  await expect.poll(() => done.length).toBeGreaterThan(before + 2)
  expect(done).not.toContain('second')
  await first.stop()
  const stoppedAt = done.length
  await expect.poll(() => done.length, { timeout: timing.leaseMs }).toBeGreaterThan(stoppedAt + 1)
  expect(new Set(done.slice(stoppedAt))).toEqual(new Set(['second']))
  await second.stop()
})

it('is taken over from a process that has died once that has given no sign of life for so long', async () => {
  const duty = name()
  expect(await holdDuty(pool, duty, 'the dead', timing.leaseMs)).toBe(true)
  const begun = performance.now()
  const at = await new Promise<number>((resolve) => stand(duty, async () => resolve(performance.now()), 60_000))
  expect(at - begun).toBeGreaterThan(timing.leaseMs * 0.8)
  expect(at - begun).toBeLessThan(timing.leaseMs * 5)
})

it('is kept through work that takes longer than it is held for, and is handed over when that work has ended', async () => {
  const duty = name()
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let isOver = false
  async function work(): Promise<void> {
    begun.resolve()
    await gate.promise
    isOver = true
  }
  const long = stand(duty, work, 60_000)
  await begun.promise
  const until = performance.now() + timing.leaseMs * 2
  while (performance.now() < until) expect(await holdDuty(pool, duty, 'another', 1)).toBe(false)
  const stopped = long.stop()
  gate.resolve()
  await stopped
  expect([isOver, await holdDuty(pool, duty, 'another', 1)]).toEqual([true, true])
})

it('is tried again when it has failed', async () => {
  let tries = 0
  stand(name(), async () => {
    if (++tries === 1) throw new Error('not now')
  })
  await expect.poll(() => tries).toBeGreaterThan(1)
})
