import { describe, expect, it } from 'vitest'
import { noCounts } from '../domain/funnel.ts'
import type { Notification, Slice, SliceTarget } from '../domain/notification.ts'
import type { Outcome } from '../domain/outcome.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { aftermathOf } from './aftermath.ts'
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
function answered(target: SliceTarget, outcomes: Readonly<Record<string, Outcome>>, change: Partial<Slice> = {}) {
  const slice = aSlice(change)
  const calls = Object.keys(outcomes).map((deviceId): Call => {
    const device = { deviceId, platform: 'IOS', token: 't', app: 'a', environment: 'PRODUCTION' } as const
    return {
      key: deviceId,
      provider: slice.channel === 'PUSH' ? 'apns' : 'twilio',
      device: slice.channel === 'PUSH' ? device : undefined,
      run: () => Promise.reject(new Error('already made')),
    }
  })
  const plans: Plan[] = [{ target, calls }]
  const answers = new Map(Object.entries(outcomes).map(([key, outcome]) => [key, { outcome, at: now, latencyMs: 5 }]))
  return aftermathOf({ slice, notification: aNotification(), plans, answers, policy, now, random: () => 0.5 })
}

describe('what follows from the answers of providers', () => {
  it('logs a delivery that was accepted as SENT, with its attempt', () => {
    const key = { notificationId, recipientId: 'ada', channel: 'SMS' }
    expect(answered({ recipientId: 'ada' }, { only: accepted })).toEqual({
      deliveries: [{ ...key, state: 'SENT', reason: null, provider: 'twilio', updatedAt: now }],
      attempts: [
        { ...key, attempt: 1, target: '', at: now, provider: 'twilio', outcome: 'accepted', code: null, latencyMs: 5 },
      ],
      children: [],
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
      slice,
      notification,
      plans,
      answers: new Map(),
      policy: { ...policy, spreadMs: 0 },
      now,
      random: () => 0.5,
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
        slice: aSlice({ attempt }),
        notification: aNotification(),
        plans: [{ target: { recipientId: 'ada' }, end: { state: 'EXPIRED', reason: 'expired' } }],
        answers: new Map(),
        policy,
        now,
        random: () => 0.5,
      }).counts
    expect(expired(2)).toEqual({ ...noCounts, dispatched: 1, expired: 1 })
    expect(expired(1)).toEqual({ ...noCounts, expired: 1 })
  })
})
