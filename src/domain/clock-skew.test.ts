import { expect, test } from 'vitest'
import { type ClockReading, judgeClocks, skewMs } from './clock-skew.ts'

/** Asked at 10:00:00.000 by our clock, answered 200 ms later: by theirs it was `ms` after 10:00 then. */
function reading(ms: number, parts: Partial<ClockReading> = {}): ClockReading {
  const sent = Date.UTC(2026, 10, 25, 10)
  return { whose: 'NATS', sent, received: sent + 200, from: sent + ms, to: sent + ms, ...parts }
}

test.each([
  [0, 0],
  [200, 0],
  [201, 1],
  [-1, -1],
  [5200, 5000],
  [-5000, -5000],
])('a clock that said %i ms is apart by %i ms at the least', (ms, skew) => {
  expect(skewMs(reading(ms))).toBe(skew)
})

test('a clock that tells whole seconds is given the benefit of what it cut off', () => {
  const sent = Date.UTC(2026, 10, 25, 10, 0, 0, 900)
  const date = Date.UTC(2026, 10, 25, 10)
  expect(skewMs({ whose: 'twilio', sent, received: sent + 50, from: date, to: date + 1000 })).toBe(0)
})

test('clocks that agree are one line, each that does not has one of its own', () => {
  const readings = [
    reading(100, { whose: 'PostgreSQL' }),
    reading(900, { whose: 'NATS' }),
    reading(3700, { whose: 'sendgrid' }),
    reading(-600_000, { whose: 'twilio' }),
  ]
  const mend = 'let both machines set their clocks by NTP'
  expect(judgeClocks(readings)).toEqual([
    { subject: 'clock', state: 'ok', found: 'agrees with PostgreSQL, NATS' },
    { subject: 'clock', state: 'warning', found: 'that of sendgrid is 3.5 s ahead', mend },
    {
      subject: 'clock',
      state: 'problem',
      found: 'that of twilio is 10 min behind: signatures will be refused',
      mend,
    },
  ])
  expect(judgeClocks([])).toEqual([])
})
