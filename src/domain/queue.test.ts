import { expect, it } from 'vitest'
import { type DueWork, lateMs, type QueueReading, queueOf } from './queue.ts'

const now = new Date('2026-11-22T12:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)

function aReading(change: Partial<QueueReading> = {}): QueueReading {
  return {
    name: 'deliveries.social.sms',
    tier: 'SOCIAL',
    channel: 'SMS',
    isOnlyCopy: false,
    waiting: 0,
    inFlight: 0,
    oldest: null,
    oldestWaiting: null,
    finished: 0,
    ...change,
  }
}

const due: readonly DueWork[] = [
  { tier: 'SOCIAL', channel: 'SMS', count: 30, oldest: ago(9000) },
  { tier: 'SOCIAL', channel: null, count: 5, oldest: ago(1000) },
]

it('an empty queue is drained, however slow it is', () => {
  expect(queueOf(aReading(), [], 0, now)).toEqual({
    name: 'deliveries.social.sms',
    tier: 'SOCIAL',
    channel: 'SMS',
    waiting: 0,
    inFlight: 0,
    oldestMs: 0,
    drainMs: 0,
  })
})

it('what waits is in the stream, or due and not handed out yet', () => {
  const reading = aReading({ waiting: 70, inFlight: 16, oldest: ago(4000) })
  expect(queueOf(reading, due, 50, now)).toMatchObject({ waiting: 100, inFlight: 16, oldestMs: 9000, drainMs: 2000 })
  expect(queueOf({ ...reading, channel: 'PUSH' }, due, 50, now)).toMatchObject({ waiting: 70, oldestMs: 4000 })
})

it('nothing is due of what is in a stream only', () => {
  const feedback = aReading({ channel: null, isOnlyCopy: true, waiting: 2 })
  expect(queueOf(feedback, due, 1, now)).toMatchObject({ waiting: 2, oldestMs: 0 })
})

it('a queue that nobody works on does not drain', () => {
  expect(queueOf(aReading({ waiting: 1 }), [], 0, now).drainMs).toBeNull()
})

it('a message of the next instant is not younger than nothing', () => {
  expect(queueOf(aReading({ waiting: 1, oldest: ago(-50) }), [], 0, now).oldestMs).toBe(0)
})

it('a delivery is late by what it has waited for a worker, in a stream or due; with a worker only when that one must have died', () => {
  const withWorkers = aReading({ inFlight: 3, oldest: ago(29_000) })
  expect(lateMs([withWorkers], [], now)).toBe(0)
  expect(lateMs([withWorkers, aReading({ waiting: 1, oldest: ago(9000), oldestWaiting: ago(700) })], [], now)).toBe(700)
  expect(lateMs([withWorkers], due, now)).toBe(9000)
  expect(lateMs([aReading({ inFlight: 3, oldest: ago(31_000) })], [], now)).toBe(1000)
  expect(
    lateMs([aReading({ isOnlyCopy: true, waiting: 1, oldest: ago(9000), oldestWaiting: ago(9000) })], [], now),
  ).toBe(0)
})
