import { describe, expect, it } from 'vitest'
import type { TargetClaim } from '../domain/claim.ts'
import { noCounts } from '../domain/funnel.ts'
import type { Notification, Slice, SliceTarget } from '../domain/notification.ts'
import type { Outcome } from '../domain/outcome.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import type { ProviderName } from '../domain/words.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { aftermathOf } from './aftermath.ts'
import type { Answer } from './calls.ts'
import type { Call, Plan } from './plan.ts'

const now = new Date('2026-11-22T12:00:00Z')
const notificationId = 'ntf_01jdxq3k4m5n6p7q8r9s0t1v2w'
const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
const accepted: Outcome = { kind: 'accepted' }
const busy: Outcome = { kind: 'retryable', code: '503' }
const unknown: Outcome = { kind: 'unknown', code: 'timeout' }
const refused: Outcome = { kind: 'permanent', code: '400' }

function aSlice(change: Partial<Slice> = {}): Slice {
  return {
    id: 'slc_01jdxq3k4m5n6p7q8r9s0t1v2w~0~sms~0',
    notificationId,
    page: 0,
    tier: 'TRANSACTIONAL',
    channel: 'SMS',
    attempt: 1,
    targets: [],
    reason: null,
    dueAt: now,
    ...change,
  }
}

function aNotification(change: Partial<Notification> = {}): Notification {
  return {
    id: notificationId,
    callerId: 'clr_1',
    tier: 'TRANSACTIONAL',
    category: 'security.otp',
    template: 'otp',
    templateVersion: 1,
    data: {},
    secret: null,
    audience: { userIds: ['ada'] },
    channels: ['SMS'],
    routing: 'EVERY',
    collapseKey: null,
    push: null,
    state: 'DELIVERING',
    recipientCount: 1,
    funnel: null,
    audienceCursor: null,
    pages: 1,
    createdAt: now,
    sendAt: null,
    expiresAt: new Date(now.getTime() + 600_000),
    ...change,
  }
}

/** A plan of one call for each device (of one in all, for a channel without devices), and what was answered. */
function answered(
  target: SliceTarget,
  outcomes: Readonly<Record<string, Outcome | Waited>>,
  change: Partial<Slice> = {},
  others: readonly ProviderName[] = [],
) {
  const slice = aSlice(change)
  const calls = Object.keys(outcomes).map((deviceId): Call => {
    const device = { deviceId, platform: 'IOS', token: 't', app: 'a', environment: 'PRODUCTION' } as const
    return {
      key: deviceId,
      provider: providerOf(slice),
      others: slice.channel === 'SMS' ? others : [],
      device: slice.channel === 'PUSH' ? device : undefined,
      address: undefined,
      run: () => Promise.reject(new Error('already made')),
    }
  })
  const plans: Plan[] = [{ target, calls }]
  const answers = new Map(Object.entries(outcomes).map(([key, outcome]) => [key, answerOf(slice, outcome)]))
  return aftermathOf({ ...given, notification: aNotification({ tier: slice.tier }), slice, plans, answers })
}

type Waited = Extract<Answer, { readonly kind: 'not_called' }>

function answerOf(slice: Slice, outcome: Outcome | Waited): Answer {
  if (outcome.kind === 'not_called') return outcome
  return { kind: 'answered', provider: providerOf(slice), outcome, at: now, latencyMs: 5 }
}

function providerOf({ channel }: Slice): ProviderName {
  return channel === 'PUSH' ? 'apns' : 'twilio'
}

const given = {
  notification: aNotification(),
  createdAt: now,
  answers: new Map<string, Answer>(),
  earlier: new Map<string, TargetClaim>(),
  policy,
  isUsable: () => true,
  fallsBack: () => false,
  now,
  random: () => 0.5,
}

describe('what follows from the answers of providers', () => {
  it('logs a delivery that was accepted as SENT, with its attempt', () => {
    const key = { notificationId, recipientId: 'ada', channel: 'SMS' }
    expect(answered({ recipientId: 'ada' }, { only: accepted })).toEqual({
      deliveries: [{ ...key, state: 'SENT', reason: null, provider: 'twilio', updatedAt: now }],
      attempts: [
        {
          ...key,
          attempt: 1,
          target: '',
          at: now,
          provider: 'twilio',
          outcome: 'accepted',
          code: null,
          latencyMs: 5,
          providerMessageId: null,
        },
      ],
      children: [],
      fallbacks: [],
      deadLetters: [],
      counts: { ...noCounts, dispatched: 1, sent: 1 },
    })
  })

  it('puts a retry into a child slice with the next attempt, counted there and not here', () => {
    const { children, counts, deliveries } = answered({ recipientId: 'ada' }, { only: busy })
    expect(children).toMatchObject([
      { attempt: 2, reason: 'retry', targets: [{ recipientId: 'ada' }], dueAt: new Date(now.getTime() + 250) },
    ])
    expect(counts).toEqual(noCounts)
    expect(deliveries).toEqual([])
  })

  it('retries only the devices that are still open, and calls the delivery SENT when one has it', () => {
    const { children, deliveries } = answered(
      { recipientId: 'ada' },
      { phone: accepted, tablet: busy },
      { channel: 'PUSH' },
    )
    expect(children[0]?.targets).toEqual([{ recipientId: 'ada', devices: ['tablet'], sent: true }])
    expect(deliveries).toMatchObject([{ state: 'SENT' }])
  })

  it('stays SENT when the last device fails', () => {
    const target = { recipientId: 'ada', devices: ['tablet'], sent: true }
    const { counts, deadLetters, deliveries } = answered(target, { tablet: refused }, { channel: 'PUSH', attempt: 2 })
    expect(deliveries).toMatchObject([{ state: 'SENT' }])
    expect(counts).toEqual({ ...noCounts, dispatched: 1, sent: 1 })
    expect(deadLetters).toEqual([])
  })

  it('shows a delivery without an answer as UNKNOWN while it waits for evidence', () => {
    const { children, deliveries } = answered({ recipientId: 'ada' }, { only: unknown })
    expect(deliveries).toMatchObject([{ state: 'UNKNOWN', reason: 'awaiting_evidence' }])
    expect(children).toMatchObject([
      { reason: 'evidence', dueAt: new Date(now.getTime() + 3000), targets: [{ recipientId: 'ada', unknown: true }] },
    ])
  })

  it('makes a dead letter of what can never succeed', () => {
    const { counts, deadLetters, deliveries } = answered({ recipientId: 'ada' }, { only: refused })
    expect(deliveries).toMatchObject([{ state: 'FAILED', reason: 'rejected' }])
    expect(deadLetters).toMatchObject([{ recipientId: 'ada', channel: 'SMS', reason: 'rejected', attempts: 1 }])
    expect(counts).toEqual({ ...noCounts, dispatched: 1, failed: 1 })
  })

  it('goes on to the next channel with routing FIRST, without a dead letter', () => {
    const { children, counts, deadLetters } = answered(
      { recipientId: 'ada', next: ['EMAIL', 'PUSH'] },
      { only: refused },
    )
    expect(children).toMatchObject([
      { channel: 'EMAIL', attempt: 1, reason: 'next_channel', targets: [{ recipientId: 'ada', next: ['PUSH'] }] },
    ])
    expect(deadLetters).toEqual([])
    expect(counts).toEqual({ ...noCounts, dispatched: 1, failed: 1 })
  })

  it('never goes on to another channel when this one may have it', () => {
    const { children, deadLetters } = answered(
      { recipientId: 'ada', next: ['EMAIL'], unknown: true },
      { only: refused },
    )
    expect(children).toEqual([])
    expect(deadLetters).toHaveLength(1)
  })

  it('gives a child slice the same id when it is worked out again', () => {
    const once = answered({ recipientId: 'ada' }, { only: busy })
    expect(answered({ recipientId: 'ada' }, { only: busy }).children).toEqual(once.children)
  })

  it('holds back what would fall into quiet hours, as the same attempt, without an end', () => {
    const until = new Date(now.getTime() + 60_000)
    const slice = aSlice({ tier: 'SOCIAL', reason: 'quiet_hours' })
    const notification = aNotification({ tier: 'SOCIAL' })
    const plans: Plan[] = [{ target: { recipientId: 'ada' }, holdUntil: until }]
    const { children, counts, deliveries } = aftermathOf({
      ...given,
      slice,
      notification,
      plans,
      policy: { ...policy, spreadMs: 0 },
    })
    expect(children).toMatchObject([
      {
        attempt: 1,
        reason: 'quiet_hours',
        dueAt: until,
        targets: [{ recipientId: 'ada', until: until.toISOString() }],
      },
    ])
    expect([counts, deliveries]).toEqual([noCounts, []])
  })

  it('counts what expires between two attempts as dispatched, and what expires before the first one not', () => {
    const expired = (attempt: number) =>
      aftermathOf({
        ...given,
        slice: aSlice({ attempt }),
        plans: [{ target: { recipientId: 'ada' }, end: { state: 'EXPIRED', reason: 'expired' } }],
      }).counts
    expect(expired(2)).toEqual({ ...noCounts, dispatched: 1, expired: 1 })
    expect(expired(1)).toEqual({ ...noCounts, expired: 1 })
  })

  it('waits for evidence of what a provider may have taken, and remembers whom to ask', () => {
    expect(answered({ recipientId: 'ada' }, { only: unknown }).children).toMatchObject([
      {
        attempt: 2,
        reason: 'evidence',
        dueAt: new Date(now.getTime() + 3000),
        targets: [{ recipientId: 'ada', unknown: true, asked: { provider: 'twilio', at: now.toISOString() } }],
      },
    ])
  })

  it('fails over at once to the next provider, which is told who has refused', () => {
    const { children, deliveries } = answered({ recipientId: 'ada' }, { only: busy }, {}, ['vonage'])
    expect(children).toMatchObject([
      { attempt: 2, reason: 'fail_over', dueAt: now, targets: [{ recipientId: 'ada', refused: ['twilio'] }] },
    ])
    expect(deliveries).toEqual([])
  })

  it('goes on as the same attempt with what had to wait before its provider, and tells of an open breaker', () => {
    const { children, attempts, deliveries } = answered({ recipientId: 'ada' }, { only: waits(700, 'breaker_open') })
    expect(children).toMatchObject([{ attempt: 1, reason: 'provider', dueAt: new Date(now.getTime() + 750) }])
    expect(attempts).toEqual([])
    expect(deliveries).toMatchObject([{ state: 'PENDING', reason: 'breaker_open' }])
    expect(answered({ recipientId: 'ada' }, { only: waits(700, 'paced') }).deliveries).toEqual([])
  })

  it('calls another provider at once where a one-time code would have to wait for its turn', () => {
    const paced = answered({ recipientId: 'ada' }, { only: waits(700, 'paced') }, {}, ['vonage'])
    expect(paced.children).toMatchObject([
      { attempt: 1, reason: 'fail_over', dueAt: now, targets: [{ recipientId: 'ada', refused: ['twilio'] }] },
    ])
    expect([paced.attempts, paced.deliveries]).toEqual([[], []])
    const social = answered({ recipientId: 'ada' }, { only: waits(700, 'paced') }, { tier: 'SOCIAL' }, ['vonage'])
    expect(social.children).toMatchObject([{ reason: 'provider' }])
  })

  it('logs what a worker that died has called and nobody asks for any more', () => {
    const earlier = new Map<string, TargetClaim>([
      ['ada~gone', { kind: 'unmarked', provider: 'fcm' }],
      ['ada~phone', { kind: 'unmarked', provider: 'apns' }],
      ['ada~lost', { kind: 'unmarked', provider: undefined }],
      [
        'bob',
        { kind: 'marked', mark: { kind: 'answered', provider: 'ses', outcome: accepted, at: now, latencyMs: 5 } },
      ],
    ])
    const push = aSlice({ channel: 'PUSH', targets: [{ recipientId: 'ada' }, { recipientId: 'bo' }] })
    const suppressed: Plan = { target: { recipientId: 'ada' }, end: { state: 'SUPPRESSED', reason: 'no_device' } }
    expect(aftermathOf({ ...given, earlier, slice: push, plans: [suppressed] }).attempts).toMatchObject([
      { target: 'gone', provider: 'fcm', outcome: 'unknown', code: 'claimed_without_mark' },
      { target: 'phone', provider: 'apns', outcome: 'unknown' },
    ])
    const email = aSlice({ channel: 'EMAIL', targets: [{ recipientId: 'bob' }] })
    const found: Plan = { target: { recipientId: 'bob' }, found: 'sendgrid' }
    expect(aftermathOf({ ...given, earlier, slice: email, plans: [found] }).attempts).toMatchObject([
      { recipientId: 'bob', target: '', provider: 'ses', outcome: 'accepted' },
    ])
  })

  it('makes no device wait for another one, and calls none before its time', () => {
    const { children } = answered(
      { recipientId: 'ada' },
      { phone: busy, tablet: waits(60_000, 'breaker_open'), watch: accepted },
      { channel: 'PUSH' },
    )
    expect(children).toMatchObject([
      {
        attempt: 2,
        dueAt: new Date(now.getTime() + 250),
        targets: [
          {
            devices: ['phone', 'tablet'],
            sent: true,
            notBefore: { tablet: new Date(now.getTime() + 60_000).toISOString() },
          },
        ],
      },
    ])
  })

  it('waits no longer than the deadline', () => {
    expect(answered({ recipientId: 'ada' }, { only: waits(3_600_000, 'breaker_open') }).children).toMatchObject([
      { dueAt: given.notification.expiresAt },
    ])
  })

  it('is content with evidence that a provider has it', () => {
    const target = { recipientId: 'ada', unknown: true }
    const { deliveries, counts, children } = aftermathOf({
      ...given,
      slice: aSlice({ attempt: 2, reason: 'evidence' }),
      plans: [{ target, found: 'twilio' }],
    })
    expect(deliveries).toMatchObject([{ state: 'SENT', provider: 'twilio' }])
    expect([counts, children]).toEqual([{ ...noCounts, dispatched: 1, sent: 1 }, []])
  })

  it('asks again later where the records of the provider cannot be read', () => {
    const { deliveries, children } = aftermathOf({
      ...given,
      slice: aSlice({ attempt: 2, reason: 'evidence' }),
      plans: [{ target: { recipientId: 'ada', unknown: true }, stillUnknown: 'twilio' }],
    })
    expect(deliveries).toMatchObject([{ state: 'UNKNOWN', reason: 'awaiting_evidence' }])
    expect(children).toMatchObject([{ attempt: 2, reason: 'evidence', dueAt: new Date(now.getTime() + 60_000) }])
  })

  it('leaves it to the inbox where no provider takes calls, or is there, or lets us in', () => {
    const fallsBack = () => true
    const plan = (end: string): Plan => ({ target: { recipientId: 'ada' }, end: { state: 'FAILED', reason: end } })
    const call: Call = {
      key: 'ada',
      provider: 'twilio',
      others: [],
      device: undefined,
      address: undefined,
      run: () => Promise.reject(new Error('not to be made')),
    }
    const closed: Plan = { target: { recipientId: 'ada' }, calls: [call] }
    const answers = new Map([['ada', waits(30_000, 'breaker_open')]])
    for (const each of [plan('no_provider'), plan('provider_config'), closed]) {
      const { deliveries, fallbacks, deadLetters, children, counts } = aftermathOf({
        ...given,
        slice: aSlice(),
        plans: [each],
        answers,
        fallsBack,
      })
      expect(deliveries).toMatchObject([{ state: 'SUPPRESSED', reason: 'inbox_fallback' }])
      expect([fallbacks, deadLetters, children, counts.suppressed]).toEqual([['ada'], [], [], 1])
    }
  })
})

function waits(forMs: number, because: string): Waited {
  return { kind: 'not_called', forMs, because }
}
