import { describe, expect, it } from 'vitest'
import {
  childSliceId,
  collapseId,
  deadLetterId,
  deliveryId,
  inboxItemId,
  isNotificationId,
  parseDeadLetterId,
  parseDeliveryId,
  parseInboxItemId,
  sliceId,
} from './ids.ts'
import { channels } from './words.ts'

const notificationId = 'ntf_01jdxq3k4m5n6p7q8r9s0t1v2w'

describe('ids', () => {
  it('can be read back, whatever characters a user id has', () => {
    const recipientId = 'acme:user_1.2-3'
    for (const channel of channels) {
      const key = { notificationId, channel, recipientId }
      expect(parseDeliveryId(deliveryId(key))).toEqual(key)
      expect(parseDeadLetterId(deadLetterId(key))).toEqual(key)
    }
    expect(parseInboxItemId(inboxItemId({ notificationId, userId: recipientId }))).toEqual({
      notificationId,
      userId: recipientId,
    })
  })

  it('tell a dead letter of a delivery, of a slice that nobody can read, and of a whole notification', () => {
    for (const channel of ['SMS', null] as const) {
      const key = { notificationId, channel, recipientId: null }
      expect(parseDeadLetterId(deadLetterId(key))).toEqual(key)
    }
    expect(deadLetterId({ notificationId, channel: null, recipientId: null })).toBe(`ded_${notificationId.slice(4)}`)
    expect(
      ['ded_1', `ded_${notificationId.slice(4)}~fax~ada`, `ded_${notificationId.slice(4)}~`].map(parseDeadLetterId),
    ).toEqual(Array(3).fill(undefined))
  })

  it('are refused when they are not ours', () => {
    expect(parseDeliveryId('dlv_nonsense')).toBeUndefined()
    expect(parseDeliveryId(inboxItemId({ notificationId, userId: 'ada' }))).toBeUndefined()
    expect(isNotificationId('ntf_01JDXQ3K4M5N6P7Q8R9S0T1V2W')).toBe(false)
    expect(isNotificationId(notificationId)).toBe(true)
  })

  it('do not grow along a chain of retries, and never meet', () => {
    const parent = sliceId(notificationId, 3, 'PUSH', 1)
    const child = childSliceId(parent, 0)
    const grandchild = childSliceId(child, 0)
    expect(grandchild).toHaveLength(child.length)
    expect(new Set([parent, child, grandchild, childSliceId(parent, 1), childSliceId(child, 1)]).size).toBe(5)
  })

  it('make collapse ids that fit APNs, the same for every attempt', () => {
    const key = { notificationId, channel: 'PUSH', recipientId: 'a'.repeat(128) } as const
    expect(Buffer.byteLength(collapseId(key, undefined, 'clr_1'))).toBeLessThanOrEqual(64)
    expect(collapseId(key, undefined, 'clr_1')).toBe(collapseId(key, undefined, 'clr_2'))
    const other = { ...key, notificationId: notificationId.replace('2w', '2x') }
    expect(collapseId(key, 'score', 'clr_1')).toBe(collapseId(other, 'score', 'clr_1'))
    expect(collapseId(key, 'score', 'clr_1')).not.toBe(collapseId(key, 'score', 'clr_2'))
  })
})
