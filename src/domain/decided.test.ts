import { expect, it } from 'vitest'
import { compactDecisions, decidedFor } from './decided.ts'

it('tells what was decided for a recipient and a channel', () => {
  const decided = compactDecisions(
    new Map([
      [
        'ada',
        [
          { channel: 'IN_APP', rule: 'deliver', outcome: 'deliver', reason: null },
          { channel: 'SMS', rule: 'available', outcome: 'suppress', reason: 'no_address' },
        ],
      ],
      ['bob', [{ channel: 'SMS', rule: 'expiry', outcome: 'expire', reason: 'expired' }]],
    ]),
  )
  expect(decidedFor(decided, 'ada', 'IN_APP')).toBe('deliver')
  expect(decidedFor(decided, 'ada', 'SMS')).toBe('no_address')
  expect(decidedFor(decided, 'ada', 'EMAIL')).toBeUndefined()
  expect(decidedFor(decided, 'bob', 'SMS')).toBe('expire')
  expect(decidedFor(decided, 'eve', 'SMS')).toBeUndefined()
})
