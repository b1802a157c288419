import { expect, test } from 'vitest'
import type { PushMessage } from '../provider.ts'
import { fcmBody } from './fcm-body.ts'

const now = new Date('2026-11-22T17:00:00Z')
const aPush = (parts: Partial<PushMessage> = {}): PushMessage => ({
  deliveryId: 'dlv_1',
  collapseId: 'c1',
  tier: 'TRANSACTIONAL',
  expiresAt: new Date('2026-11-22T17:10:00.900Z'),
  target: { deviceId: 'phone', platform: 'ANDROID', token: 'tok', app: '', environment: 'PRODUCTION' },
  content: { title: 'Hi', body: 'There', actions: [] },
  ...parts,
})
const sent = (parts: Partial<PushMessage> = {}) => JSON.parse(JSON.stringify(fcmBody(aPush(parts), now)))

test('a plain push', () => {
  expect(sent()).toEqual({
    message: {
      token: 'tok',
      notification: { title: 'Hi', body: 'There' },
      data: { deliveryId: 'dlv_1' },
      android: { collapse_key: 'c1', priority: 'high', ttl: '600s', notification: { tag: 'c1' } },
    },
  })
})

const content = {
  title: 'Hi',
  body: 'There',
  imageUrl: 'https://x/y.png',
  deepLink: 'https://shop.example/7',
  actions: [{ id: 'open', title: 'Open', deepLink: 'shop://7' }],
}
const target = { ...aPush().target, platform: 'WEB' } as const

test('a rich push to a browser', () => {
  expect(sent({ content, target, tier: 'MARKETING' })).toEqual({
    message: {
      token: 'tok',
      notification: { title: 'Hi', body: 'There', image: 'https://x/y.png' },
      data: {
        deliveryId: 'dlv_1',
        deepLink: 'https://shop.example/7',
        actions: '[{"id":"open","title":"Open","deepLink":"shop://7"}]',
      },
      android: { collapse_key: 'c1', priority: 'normal', ttl: '600s', notification: { tag: 'c1' } },
      webpush: {
        headers: { TTL: '600' },
        notification: { tag: 'c1', actions: [{ action: 'open', title: 'Open' }] },
        fcm_options: { link: 'https://shop.example/7' },
      },
    },
  })
})

test('a link that is not https is left to the app', () => {
  expect(sent({ target, content: { ...content, deepLink: 'shop://7' } }).message.webpush).not.toHaveProperty(
    'fcm_options',
  )
})

test('FCM keeps a message until its deadline, 28 days at most', () => {
  expect(sent({ expiresAt: new Date('2030-01-01T00:00:00Z') }).message.android.ttl).toBe('2419200s')
  expect(sent({ expiresAt: new Date('2026-11-22T16:00:00Z') }).message.android.ttl).toBe('0s')
})
