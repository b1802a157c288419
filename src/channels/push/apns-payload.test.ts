import { expect, test } from 'vitest'
import type { PushMessage } from '../provider.ts'
import { apnsId, apnsPayload } from './apns-payload.ts'

const aPush = (parts: Partial<PushMessage> = {}): PushMessage => ({
  deliveryId: 'dlv_01hzzzzzzzzzzzzzzzzzzzzzzz~push~ann',
  collapseId: 'c1',
  tier: 'SOCIAL',
  expiresAt: new Date('2026-11-22T18:00:00Z'),
  target: { deviceId: 'phone', platform: 'IOS', token: 'abcd', app: '', environment: 'PRODUCTION' },
  content: { title: 'Hi', body: 'There', actions: [] },
  ...parts,
})

test('a plain push is an alert that names its delivery', () => {
  expect(JSON.parse(JSON.stringify(apnsPayload(aPush())))).toEqual({
    aps: { alert: { title: 'Hi', body: 'There' }, sound: 'default' },
    carillon: { deliveryId: 'dlv_01hzzzzzzzzzzzzzzzzzzzzzzz~push~ann' },
  })
})

test('a rich push wakes the app to fetch its image and offer its actions', () => {
  const actions = [{ id: 'open', title: 'Open', deepLink: 'shop://orders' }]
  const content = { title: 'Hi', body: 'There', imageUrl: 'https://x/y.png', deepLink: 'shop://orders/7', actions }
  expect(JSON.parse(JSON.stringify(apnsPayload(aPush({ content, tier: 'MARKETING' }))))).toEqual({
    aps: { alert: { title: 'Hi', body: 'There' }, category: 'carillon.actions', 'mutable-content': 1 },
    carillon: {
      deliveryId: 'dlv_01hzzzzzzzzzzzzzzzzzzzzzzz~push~ann',
      imageUrl: 'https://x/y.png',
      deepLink: 'shop://orders/7',
      actions,
    },
  })
})

test('the id is a UUID of its delivery and device, whenever it is sent', () => {
  const id = apnsId(aPush())
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(apnsId(aPush({ expiresAt: new Date(0) }))).toBe(id)
  expect(apnsId(aPush({ target: { ...aPush().target, deviceId: 'tablet' } }))).not.toBe(id)
})
