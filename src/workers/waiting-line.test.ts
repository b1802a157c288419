import { expect, test } from 'vitest'
import { openWaitingLine } from './waiting-line.ts'

test('one after the other, none before the breaker is tried', () => {
  const line = openWaitingLine(() => 0.5)
  expect([line.place(1000, 10), line.place(1000, 10), line.place(1000, 10)]).toEqual([1100, 1200, 1300])
})

test('who comes while it is being tried queues behind those that wait already', () => {
  const line = openWaitingLine(() => 0.5)
  for (let n = 0; n < 20; n++) line.place(1000, 10)
  expect(line.place(2000, 10)).toBe(3100)
  expect(line.place(9000, 10)).toBe(9100)
})

test('nobody waits for more than half a minute, however many wait', () => {
  const line = openWaitingLine(() => 0.25)
  for (let n = 0; n < 300; n++) line.place(1000, 10)
  expect(line.place(1000, 10)).toBe(8500)
})
