import { expect, test } from 'vitest'
import { openSlowStart } from './slow-start.ts'

/** How many of those who ask every 10 ms get their turn in each of so many seconds. */
function turnsPerSecond(seconds: number): number[] {
  const slowStart = openSlowStart(250)
  slowStart.begin(100, 50_000)
  return Array.from({ length: seconds }, (_, second) => {
    const asked = Array.from({ length: 1000 }, (_, ms) => slowStart.turnInMs(50_000 + second * 1000 + ms))
    return asked.filter((inMs) => inMs <= 250).length
  })
}

test('a backlog goes out ever faster, not all at once', () => {
  const turns = turnsPerSecond(5)
  const ideal = [36, 72, 144, 289, 577]
  for (const [second, count] of turns.entries()) {
    expect(count).toBeGreaterThan((ideal[second] ?? 0) * 0.8)
    expect(count).toBeLessThan((ideal[second] ?? 0) * 1.4)
  }
})

test('otherwise nobody is held', () => {
  expect(openSlowStart(250).turnInMs(50_000)).toBe(0)
})
