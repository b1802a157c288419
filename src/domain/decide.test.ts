import { describe, expect, it } from 'vitest'
import { decide, type Recipient } from './decide.ts'
import type { Notification } from './notification.ts'
import type { Preferences } from './preferences.ts'
import { channels } from './words.ts'

const now = new Date('2026-11-22T12:00:00Z')

function aNotification(change: Partial<Notification> = {}) {
  const expiresAt = new Date('2026-11-22T13:00:00Z')
  return { tier: 'SOCIAL', category: 'social.like', channels, routing: 'EVERY', expiresAt, ...change } as const
}

function preferences(change: Partial<Preferences> = {}): Preferences {
  return {
    timeZone: 'UTC',
    locale: 'en',
    channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
    channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: true },
    categoryOverrides: {},
    quietHours: null,
    hardStop: false,
    ...change,
  }
}

function aRecipient(change: Partial<Recipient> = {}): Recipient {
  return {
    userId: 'ada',
    email: 'ada@example.com',
    phone: '+15555550100',
    attributes: {},
    preferences: preferences(),
    activeDevices: 1,
    ...change,
  }
}

function outcomes(notification: ReturnType<typeof aNotification>, recipient: Recipient): string[] {
  return decide(notification, recipient, now).decisions.map(
    ({ channel, reason }) => `${channel} ${reason ?? 'deliver'}`,
  )
}

describe('decide', () => {
  it('delivers on every channel of the notification, in the order that the recipient prefers', () => {
    const order = preferences({ channelOrder: ['EMAIL', 'IN_APP', 'SMS', 'PUSH'] })
    expect(outcomes(aNotification({ channels: ['IN_APP', 'EMAIL'] }), aRecipient({ preferences: order }))).toEqual([
      'EMAIL deliver',
      'IN_APP deliver',
    ])
  })

  it('leaves out channels that cannot reach her, and says why', () => {
    expect(outcomes(aNotification(), aRecipient({ email: null, phone: null, activeDevices: 0 }))).toEqual([
      'IN_APP deliver',
      'PUSH no_device',
      'EMAIL no_address',
      'SMS no_address',
    ])
  })

  it('sends nothing at all to somebody with a hard stop, not even a one-time code', () => {
    const stopped = aRecipient({ preferences: preferences({ hardStop: true }) })
    const refused = ['IN_APP hard_stop', 'PUSH hard_stop', 'EMAIL hard_stop', 'SMS hard_stop']
    expect(outcomes(aNotification({ tier: 'TRANSACTIONAL' }), stopped)).toEqual(refused)
    expect(outcomes(aNotification({ tier: 'MARKETING' }), stopped)).toEqual(refused)
  })

  it('expires what is decided too late', () => {
    expect(decide(aNotification({ expiresAt: now, channels: ['SMS'] }), aRecipient(), now).decisions).toEqual([
      { channel: 'SMS', rule: 'expiry', outcome: 'expire', reason: 'expired' },
    ])
  })

  it('obeys an opt-out of a category, on all channels or on one', () => {
    const muted = preferences({ categoryOverrides: { 'social.like': { '*': false, EMAIL: true } } })
    expect(outcomes(aNotification(), aRecipient({ preferences: muted }))).toEqual([
      'IN_APP opted_out',
      'PUSH opted_out',
      'EMAIL deliver',
      'SMS opted_out',
    ])
  })

  it('lets a one-time code pass a muted category, but not a channel that is off while another one is left', () => {
    const choosy = preferences({
      channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: false },
      categoryOverrides: { 'security.otp': { '*': false } },
    })
    const otp = aNotification({ tier: 'TRANSACTIONAL', category: 'security.otp', channels: ['EMAIL', 'SMS'] })
    expect(outcomes(otp, aRecipient({ preferences: choosy }))).toEqual(['EMAIL deliver', 'SMS channel_off'])
  })

  it('sends a one-time code on a channel that is off when no other is left', () => {
    const off = preferences({ channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: false } })
    const otp = aNotification({ tier: 'TRANSACTIONAL', channels: ['EMAIL', 'SMS'] })
    expect(outcomes(otp, aRecipient({ email: null, preferences: off }))).toEqual(['EMAIL no_address', 'SMS deliver'])
  })

  it('chooses the inbox and the first open channel with routing FIRST, and remembers where to go on', () => {
    const verdict = decide(aNotification({ routing: 'FIRST' }), aRecipient({ activeDevices: 0 }), now)
    expect(verdict.decisions.map(({ channel, outcome }) => `${channel} ${outcome}`)).toEqual([
      'IN_APP deliver',
      'PUSH suppress',
      'EMAIL deliver',
    ])
    expect(verdict.next).toEqual(['SMS'])
  })
})
