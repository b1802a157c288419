import { createHash } from 'node:crypto'
import type { Registration } from '../src/store/devices.ts'

/** People in six time zones. Their addresses are reserved for examples: example.com (RFC 2606) and 555 numbers. */
export const demoUsers = [
  {
    id: 'ada',
    email: 'ada@example.com',
    phone: '+15555550101',
    timeZone: 'Europe/London',
    locale: 'en-GB',
    region: 'EU',
    attributes: { name: 'Ada', plan: 'pro', address: { city: 'London' } },
  },
  {
    id: 'bruno',
    email: 'bruno@example.com',
    phone: '+15555550102',
    timeZone: 'America/Sao_Paulo',
    locale: 'pt-BR',
    region: 'SA',
    attributes: { name: 'Bruno', plan: 'free', address: { city: 'São Paulo' } },
  },
  {
    id: 'chiyo',
    email: 'chiyo@example.com',
    phone: '+15555550103',
    timeZone: 'Asia/Tokyo',
    locale: 'ja-JP',
    region: 'APAC',
    attributes: { name: '千代', plan: 'pro', address: { city: '東京' } },
  },
  {
    id: 'dana',
    email: 'dana@example.com',
    phone: '+15555550104',
    timeZone: 'America/New_York',
    locale: 'en-US',
    region: 'NA',
    attributes: { name: 'Dana', plan: 'team', address: { city: 'New York' } },
  },
  {
    id: 'emil',
    email: 'emil@example.com',
    phone: '+15555550105',
    timeZone: 'Europe/Berlin',
    locale: 'de-DE',
    region: 'EU',
    attributes: { name: 'Emil', plan: 'free', address: { city: 'Berlin' } },
  },
  {
    id: 'farah',
    email: 'farah@example.com',
    phone: '+15555550106',
    timeZone: 'Asia/Kolkata',
    locale: 'en-IN',
    region: 'APAC',
    attributes: { name: 'Farah', plan: 'team', address: { city: 'Pune' } },
  },
] as const

const app = 'app.carillon.demo'

/** An iPhone and an Android phone, with tokens that look like theirs and are always the same. */
export function demoDevices(userId: string): readonly Registration[] {
  const fromUser = { userId, app, environment: 'PRODUCTION' } as const
  return [
    { ...fromUser, deviceId: 'iphone', platform: 'IOS', token: digest(`iphone ${userId}`, 'sha256').toString('hex') },
    { ...fromUser, deviceId: 'android', platform: 'ANDROID', token: fcmToken(userId) },
  ]
}

function fcmToken(userId: string): string {
  const words = ['instance', 'first', 'second'].map((word) =>
    digest(`${word} ${userId}`, 'sha512').toString('base64url'),
  )
  const [instance = '', ...rest] = words
  return `${instance.slice(0, 22)}:APA91b${rest.join('').slice(0, 134)}`
}

function digest(text: string, algorithm: 'sha256' | 'sha512'): Buffer {
  return createHash(algorithm).update(text).digest()
}
