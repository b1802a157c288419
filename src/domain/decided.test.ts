import { expect, it } from 'vitest'
import type { Decision } from './decide.ts'
import { compactDecisions, decisionFor } from './decided.ts'

const at = new Date('2026-11-22T12:00:00Z')
const until = new Date('2026-11-23T06:00:00Z')

it('tells what was decided for a recipient and a channel', () => {
  const hers: readonly Decision[] = [
    { channel: 'IN_APP', at, rule: 'deliver', outcome: 'deliver', reason: null, until: null },
    { channel: 'PUSH', at, rule: 'quiet_hours', outcome: 'defer', reason: 'quiet_hours', until },
    { channel: 'SMS', at, rule: 'available', outcome: 'suppress', reason: 'no_address', until: null },
  ]
  const his: readonly Decision[] = [
    { channel: 'EMAIL', at, rule: 'tier', outcome: 'deliver', reason: 'overruled', until: null },
    { channel: 'SMS', at, rule: 'expiry', outcome: 'expire', reason: 'expired', until: null },
  ]
  const decided = JSON.parse(JSON.stringify(compactDecisions(new Map(Object.entries({ ada: hers, bob: his })))))
  const told = (recipientId: string) =>
    (['IN_APP', 'PUSH', 'EMAIL', 'SMS'] as const).map((channel) => decisionFor(decided, recipientId, channel, at))
  expect(told('ada')).toEqual([hers[0], hers[1], undefined, hers[2]])
  expect(told('bob')).toEqual([undefined, undefined, his[0], his[1]])
  expect(told('eve')).toEqual([undefined, undefined, undefined, undefined])
})
