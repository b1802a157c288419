import { expect, it } from 'vitest'
import { readableTargets } from './readable-targets.ts'

it('reads what is whole as it is', () => {
  const targets = [{ recipientId: 'ada', devices: ['phone'], sent: true, next: ['SMS'] }, { recipientId: 'bob' }]
  expect(readableTargets(targets)).toEqual({ targets, isBroken: false })
})

it('tells for whom it is, of what is broken', () => {
  const broken = [{ recipientId: 'ada', next: 5 }, null, {}, { recipientId: '' }, 'bob']
  expect(readableTargets(broken)).toEqual({ targets: [{ recipientId: 'ada' }], isBroken: true })
})

it.each([[null], [{}], ['ada'], [5]])('finds nobody in %j', (value) => {
  expect(readableTargets(value)).toEqual({ targets: [], isBroken: true })
})
