import { describe, expect, it } from 'vitest'
import { loadTimeZones } from '../time-zone-data.ts'
import { decide, decideAgain, type Recipient } from './decide.ts'
import { capKey, type FrequencyCap } from './frequency-cap.ts'
import type { Notification } from './notification.ts'
import { defaultPolicySettings, openPolicy } from './policy.ts'
import type { Preferences } from './preferences.ts'
import { channels, weekdays } from './words.ts'

const now = new Date('2026-11-22T12:00:00Z')
const timeZones = loadTimeZones()
const policy = openPolicy(timeZones, defaultPolicySettings)

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
  return decide(notification, recipient, now, policy).decisions.map(
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

  it.each(['SOCIAL', 'TRANSACTIONAL'] as const)(
    'leaves out an address that is dead or unwilling, also for %s',
    (tier) => {
      const recipient = aRecipient({ suppressed: { EMAIL: 'bounced', SMS: 'stopped' } })
      const notification = aNotification({ tier, channels: ['EMAIL', 'SMS'] })
      expect(outcomes(notification, recipient)).toEqual(['EMAIL bounced', 'SMS stopped'])
      expect(outcomes(notification, aRecipient({ suppressed: { EMAIL: 'complained' } }))).toEqual([
        'EMAIL complained',
        'SMS deliver',
      ])
    },
  )

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
    const late = aNotification({ expiresAt: now, channels: ['SMS'] })
    expect(decide(late, aRecipient(), now, policy).decisions).toEqual([
      { channel: 'SMS', at: now, rule: 'expiry', outcome: 'expire', reason: 'expired', until: null },
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
    expect(outcomes(otp, aRecipient({ email: null, preferences: off }))).toEqual(['EMAIL no_address', 'SMS overruled'])
  })

  it('chooses the inbox and the first open channel with routing FIRST, and remembers where to go on', () => {
    const verdict = decide(aNotification({ routing: 'FIRST' }), aRecipient({ activeDevices: 0 }), now, policy)
    expect(verdict.decisions.map(({ channel, outcome }) => `${channel} ${outcome}`)).toEqual([
      'IN_APP deliver',
      'PUSH suppress',
      'EMAIL deliver',
    ])
    expect(verdict.next).toEqual(['SMS'])
  })

  const until = new Date('2026-11-22T13:30:00Z')
  const resting = preferences({
    timeZone: 'Asia/Kolkata',
    quietHours: { start: '17:00', end: '19:00', days: weekdays },
  })

  it('holds push and SMS back in her quiet hours, by the clock of her zone, but neither e-mail nor the inbox', () => {
    const verdict = decide(aNotification(), aRecipient({ preferences: resting }), now, policy)
    const deliver = { at: now, rule: 'deliver', outcome: 'deliver', reason: null, until: null }
    const defer = { at: now, rule: 'quiet_hours', outcome: 'defer', reason: 'quiet_hours', until }
    expect(verdict.decisions).toEqual([
      { channel: 'IN_APP', ...deliver },
      { channel: 'PUSH', ...defer },
      { channel: 'EMAIL', ...deliver },
      { channel: 'SMS', ...defer },
    ])
  })

  it('holds e-mail back where that is configured', () => {
    const strict = openPolicy(timeZones, { ...defaultPolicySettings, quietEmail: true })
    const email = aNotification({ channels: ['EMAIL'] })
    expect(decide(email, aRecipient({ preferences: resting }), now, strict).decisions).toMatchObject([{ until }])
  })

  it('never holds a one-time code back', () => {
    const otp = aNotification({ tier: 'TRANSACTIONAL', channels: ['PUSH', 'SMS'] })
    expect(outcomes(otp, aRecipient({ preferences: resting }))).toEqual(['PUSH deliver', 'SMS deliver'])
  })

  it('holds back even what will have expired by then, since she may still end her quiet hours', () => {
    const brief = aNotification({ channels: ['PUSH'], expiresAt: new Date(now.getTime() + 1000) })
    expect(decide(brief, aRecipient({ preferences: resting }), now, policy).decisions).toMatchObject([{ until }])
    expect(decideAgain(brief, aRecipient({ preferences: resting }), 'PUSH', brief.expiresAt, policy)).toEqual({
      channel: 'PUSH',
      at: brief.expiresAt,
      rule: 'expiry',
      outcome: 'expire',
      reason: 'expired',
      until: null,
    })
  })

  it('decides again by her preferences of then', () => {
    const notification = aNotification({ routing: 'FIRST' })
    const abroad = aRecipient({ preferences: { ...resting, timeZone: 'Europe/Berlin' } })
    expect(decideAgain(notification, abroad, 'SMS', now, policy)).toEqual({
      channel: 'SMS',
      at: now,
      rule: 'deliver',
      outcome: 'deliver',
      reason: null,
      until: null,
    })
  })

  it('waits on the first channel with routing FIRST, instead of taking a louder one', () => {
    const verdict = decide(aNotification({ routing: 'FIRST' }), aRecipient({ preferences: resting }), now, policy)
    expect(verdict.decisions.map(({ channel, outcome }) => `${channel} ${outcome}`)).toEqual([
      'IN_APP deliver',
      'PUSH defer',
    ])
    expect(verdict.next).toEqual(['EMAIL', 'SMS'])
  })

  describe('with frequency caps', () => {
    const daily: FrequencyCap = { tier: 'SOCIAL', category: null, channel: 'PUSH', limit: 2, perSeconds: 86_400 }
    const ofLikes: FrequencyCap = { ...daily, category: 'social.like', limit: 1 }
    const counted = (cap: FrequencyCap, count: number) => ({ caps: [cap], counts: new Map([[capKey(cap), count]]) })
    const push = aNotification({ channels: ['PUSH'] })
    const reasonOf = (notification: typeof push, frequency: ReturnType<typeof counted>) =>
      decide(notification, aRecipient(), now, policy, frequency).decisions.map(({ reason }) => reason)

    it('sends up to the limit and no further', () => {
      expect(reasonOf(push, counted(daily, 1))).toEqual([null])
      expect(reasonOf(push, counted(daily, 2))).toEqual(['frequency_cap'])
    })

    it('counts a category by itself, and leaves others and other channels alone', () => {
      expect(reasonOf(push, counted(ofLikes, 1))).toEqual(['frequency_cap'])
      expect(reasonOf({ ...push, category: 'social.follow' }, counted(ofLikes, 1))).toEqual([null])
      expect(reasonOf({ ...push, channels: ['EMAIL'] }, counted(daily, 9))).toEqual([null])
    })

    it('never caps a one-time code', () => {
      const otp = aNotification({ channels: ['PUSH'], tier: 'TRANSACTIONAL' })
      expect(reasonOf(otp, counted({ ...daily, tier: 'TRANSACTIONAL' }, 9))).toEqual([null])
    })

    it('goes on to the next channel with routing FIRST', () => {
      const first = aNotification({ routing: 'FIRST', channels: ['PUSH', 'SMS'] })
      const { decisions } = decide(first, aRecipient(), now, policy, counted(daily, 2))
      expect(decisions.map(({ channel, outcome }) => `${channel} ${outcome}`)).toEqual(['PUSH suppress', 'SMS deliver'])
    })

    it('suppresses what is capped at once, quiet hours or not', () => {
      const { decisions } = decide(push, aRecipient({ preferences: resting }), now, policy, counted(daily, 2))
      expect(decisions).toMatchObject([{ rule: 'frequency_cap', outcome: 'suppress' }])
    })
  })
})
