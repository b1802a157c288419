import { expect, it } from 'vitest'
import { accountOf, type DeliverySoFar } from './account.ts'
import type { Decision } from './decide.ts'

const at = new Date('2026-11-22T22:00:00Z')
const until = new Date('2026-11-23T07:00:00Z')
const held: Decision = {
  channel: 'SMS',
  at,
  rule: 'quiet_hours',
  outcome: 'defer',
  reason: 'quiet_hours',
  until,
}
const waiting: DeliverySoFar = {
  channel: 'SMS',
  state: 'DEFERRED',
  reason: 'quiet_hours',
  deferredUntil: until,
  provider: null,
  updatedAt: new Date('2026-11-22T22:00:01Z'),
  attempts: [],
}
const told = (delivery: Partial<DeliverySoFar>) =>
  accountOf([held], [{ ...waiting, ...delivery }]).map(({ rule, outcome }) => `${rule} ${outcome}`)

it('does not tell twice what was decided and is still so', () => {
  expect(told({})).toEqual(['quiet_hours defer'])
  expect(told({ state: 'PENDING', deferredUntil: null })).toEqual(['quiet_hours defer'])
})

it('tells that it is held back until another instant than was decided', () => {
  expect(told({ deferredUntil: new Date('2026-11-24T07:00:00Z') })).toEqual([
    'quiet_hours defer',
    'quiet_hours deferred',
  ])
})

it('tells of a dead letter that it is tried again', () => {
  expect(told({ state: 'PENDING', reason: 'redriven' })).toEqual(['quiet_hours defer', 'state pending'])
})

it('names the rule that stopped it later', () => {
  expect(told({ state: 'EXPIRED', reason: 'expired' })).toEqual(['quiet_hours defer', 'expiry expired'])
  expect(told({ state: 'SUPPRESSED', reason: 'opted_out' })).toEqual(['quiet_hours defer', 'preference suppressed'])
  expect(told({ state: 'CANCELLED', reason: 'cancelled' })).toEqual(['quiet_hours defer', 'state cancelled'])
})

it('tells of a channel that was not decided with the page', () => {
  const sent: DeliverySoFar = { ...waiting, channel: 'EMAIL', state: 'SENT', reason: null, deferredUntil: null }
  expect(accountOf([], [sent])).toEqual([
    {
      channel: 'EMAIL',
      at: sent.updatedAt,
      rule: 'state',
      outcome: 'sent',
      reason: null,
      until: null,
      provider: null,
    },
  ])
})
