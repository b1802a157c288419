import { expect, test } from 'vitest'
import { openBulkhead } from './bulkhead.ts'

test('a place is handed on to the one who waits the longest', async () => {
  const places = openBulkhead(2, 2, 10_000)
  expect([places.take(0), places.take(0)]).toEqual([true, true])
  const order: string[] = []
  const wait = async (who: string) => {
    await places.take(0)
    order.push(who)
  }
  const both = [wait('first'), wait('second')]
  places.give()
  places.give()
  await Promise.all(both)
  expect(order).toEqual(['first', 'second'])
  expect(places.isStuck(0)).toBe(false)
})

test('nobody waits for long', async () => {
  const places = openBulkhead(1, 1, 1)
  places.take(0)
  expect(await places.take(0)).toBe(false)
  places.give()
  expect(places.take(0)).toBe(true)
})

test('a provider that has not answered for half a second gets few calls, and nobody waits for it', () => {
  const places = openBulkhead(64, 5, 10_000)
  for (let call = 0; call < 10; call++) places.take(0)
  expect(places.take(500)).toBe(true)
  expect(places.isStuck(501)).toBe(true)
  expect(places.take(501)).toBe(false)
  places.answered(900)
  places.give()
  expect(places.isStuck(900)).toBe(false)
  expect(places.take(900)).toBe(true)
})

test('a provider that nobody called for a while is not silent', () => {
  const places = openBulkhead(64, 5, 10_000)
  const taken = Array.from({ length: 10 }, () => places.take(3_600_000))
  expect(taken).toEqual(Array.from({ length: 10 }, () => true))
})
