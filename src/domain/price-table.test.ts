import { expect, it } from 'vitest'
import { costOf } from './price-table.ts'

it('costs what all deliveries cost; a channel without a price costs nothing', () => {
  const counts = [
    { channel: 'SMS', count: 3 },
    { channel: 'EMAIL', count: 1000 },
    { channel: 'PUSH', count: 9 },
  ] as const
  expect(costOf(counts, { currency: 'EUR', perDelivery: { SMS: 0.1, EMAIL: 0.0001 } })).toEqual({
    amount: 0.4,
    currency: 'EUR',
  })
})
