import { describe, expect, it } from 'vitest'
import { deliveryId } from '../../src/domain/ids.ts'
import type { Asked, AttemptFact, Facts, LedgerRow } from './facts.ts'
import { type Judgement, judge } from './oracle.ts'

const id = 'ntf_01hzy3v7k8m9n0p1q2r3s4t5v6'
const ada = { notificationId: id, recipientId: 'ada' } as const
const at = (channel: 'PUSH' | 'EMAIL' | 'SMS') => deliveryId({ ...ada, channel })

const arrived = { ledger: [aRow()], attempts: [anAttempt()], deliveries: [aDelivery('SENT', null)] }

it('has nothing to say where everything arrived once', () => {
  const facts = someFacts({
    asked: [anAsked({ channels: ['IN_APP', 'EMAIL'] })],
    ledger: [aRow()],
    attempts: [anAttempt()],
    deliveries: [aDelivery('SENT', null)],
    inboxItems: [{ userId: 'ada', notificationId: id, createdSeq: 1, unread: true }],
    inboxHeads: [{ userId: 'ada', seq: 1, unread: 1 }],
  })
  expect(judge(facts)).toEqual<Judgement>({
    asked: 1,
    accepted: 1,
    inDoubt: 0,
    inDoubtAndCommitted: 0,
    deliveries: 2,
    reached: 2,
    ended: {},
    unknown: 0,
    open: 0,
    channels: [{ channel: 'EMAIL', deliveries: 1, duplicates: 0, afterCollapse: 0 }],
    repeated: [],
    unlogged: 0,
    violations: [],
  })
})

describe('lost', () => {
  it('is what nobody has and nobody explains', () => {
    expect(broken({})).toEqual([`lost: ${at('EMAIL')} has left no trace`])
    expect(broken({ deliveries: [aDelivery('SENT', null)] })).toEqual([
      `lost: ${at('EMAIL')} is said to be SENT (null), and nobody has it`,
    ])
    expect(broken({ deliveries: [aDelivery('UNKNOWN', 'awaiting_evidence')] })).toHaveLength(1)
    expect(broken({ deliveries: [aDelivery('FAILED', null)] })).toHaveLength(1)
  })

  it('is a notification that was accepted and is not there', () => {
    expect(broken({ notifications: [], keys: new Map() })).toEqual([
      `lost: ${id} (k) was accepted and is not there`,
      'idempotency: k was accepted, and nobody knows the key',
    ])
  })

  it('is not what ended with a reason', () => {
    const { ended, unknown, violations } = judge(
      someFacts({
        asked: [anAsked({ channels: ['PUSH', 'EMAIL', 'SMS'] })],
        deliveries: [
          aDelivery('SUPPRESSED', 'no_device', 'PUSH'),
          aDelivery('EXPIRED', 'expired', 'SMS'),
          aDelivery('UNKNOWN', 'no_evidence', 'EMAIL'),
        ],
      }),
    )
    expect({ ended, unknown, violations }).toEqual({
      ended: { 'SUPPRESSED no_device': 1, 'EXPIRED expired': 1 },
      unknown: 1,
      violations: [],
    })
  })

  it('is what was committed without an answer, too, and not what was never committed', () => {
    const asked = [anAsked({ became: 'in doubt', ids: [] })]
    expect(broken({ asked })).toEqual([`lost: ${at('EMAIL')} has left no trace`])
    expect(broken({ asked, keys: new Map(), notifications: [] })).toEqual([])
  })

  it('is nothing that is still open', () => {
    const notifications = [{ id, tier: 'SOCIAL', state: 'DELIVERING' }]
    expect(judge(someFacts({ notifications }))).toMatchObject({
      open: 1,
      violations: [{ rule: 'open', what: `${id} is still DELIVERING` }],
    })
  })

  it('is nothing of routing FIRST that has arrived on one channel', () => {
    const asked = [anAsked({ channels: ['PUSH', 'EMAIL', 'SMS'], routing: 'FIRST' })]
    expect(judge(someFacts({ asked, ...arrived }))).toMatchObject({
      deliveries: 1,
      reached: 1,
      violations: [],
    })
    expect(broken({ asked })).toHaveLength(1)
  })

  it('is a push that one of her devices never got', () => {
    const devices = [
      { userId: 'ada', deviceId: 'iphone', platform: 'IOS', isActive: true },
      { userId: 'ada', deviceId: 'pixel', platform: 'ANDROID', isActive: true },
    ] as const
    const facts = {
      asked: [anAsked({ channels: ['PUSH'] })],
      ledger: [aRow({ provider: 'apns', channel: 'PUSH', to: 'token', deliveryId: at('PUSH') })],
      attempts: [anAttempt({ channel: 'PUSH', target: 'iphone', provider: 'apns' })],
      deliveries: [aDelivery('SENT', null, 'PUSH')],
    }
    expect(broken({ ...facts, devices })).toEqual([`missed device: ${at('PUSH')} is sent, and not to her pixel`])
    const dead = anAttempt({ channel: 'PUSH', target: 'pixel', provider: 'fcm', outcome: 'stale_target' })
    expect(broken({ ...facts, devices, attempts: [...facts.attempts, dead] })).toEqual([])
    expect(broken({ ...facts, devices: devices.map((device) => ({ ...device, isActive: false })) })).toEqual([])
  })
})

describe('duplicates', () => {
  it('are rows of one delivery at one address; a push with the same collapse id takes the place of the first', () => {
    const push = { provider: 'apns', channel: 'PUSH', deliveryId: at('PUSH') }
    const { channels, repeated } = judge(
      someFacts({
        ledger: [
          aRow(),
          aRow({ at: '2026-01-01T00:00:09.000Z' }),
          aRow({ ...push, to: 'one', collapseId: 'a' }),
          aRow({ ...push, to: 'one', collapseId: 'a' }),
          aRow({ ...push, to: 'two', collapseId: 'a' }),
          aRow({ ...push, to: 'two', collapseId: 'b' }),
        ],
      }),
    )
    expect(channels).toEqual([
      { channel: 'EMAIL', deliveries: 1, duplicates: 1, afterCollapse: 1 },
      { channel: 'PUSH', deliveries: 2, duplicates: 2, afterCollapse: 1 },
    ])
    expect(repeated[0]).toEqual({
      deliveryId: at('EMAIL'),
      providers: ['sendgrid', 'sendgrid'],
      at: ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:09.000Z'],
      collapseIds: 2,
    })
  })

  it('are duplicates through another provider as well', () => {
    const ledger = [aRow(), aRow({ provider: 'ses' })]
    expect(judge(someFacts({ ledger })).channels).toEqual([
      { channel: 'EMAIL', deliveries: 1, duplicates: 1, afterCollapse: 1 },
    ])
  })
})

it('finds a state that what a provider took cannot be in', () => {
  const taken = { ledger: [aRow()], attempts: [anAttempt()] }
  expect(broken(taken)).toEqual([
    `wrong state: ${at('EMAIL')} was taken by a provider, and the service says nothing of it`,
  ])
  expect(broken({ ...taken, deliveries: [aDelivery('EXPIRED', 'expired')] })).toEqual([
    `wrong state: ${at('EMAIL')} was taken by a provider, and the service says EXPIRED (expired) of it`,
  ])
  expect(broken({ ...taken, deliveries: [aDelivery('FAILED', 'bounced')] })).toEqual([])
})

it('finds what is still open', () => {
  expect(broken({ ...arrived, notifications: [{ id, tier: 'SOCIAL', state: 'DELIVERING' }] })).toEqual([
    `open: ${id} is still DELIVERING`,
  ])
  expect(broken({ ...arrived, openSlices: [{ id: 'slc_1', notificationId: id, channel: 'SMS' }] })).toEqual([
    'open: slc_1 (SMS) is still open',
  ])
})

it('finds an inbox whose rows, count and sequence do not agree', () => {
  const item = { userId: 'ada', notificationId: id, createdSeq: 1, unread: true }
  const inbox = { asked: [anAsked({ channels: ['IN_APP'] })], inboxItems: [item] }
  const head = { userId: 'ada', seq: 1, unread: 1 }
  expect(broken({ ...inbox, inboxHeads: [head] })).toEqual([])
  expect(broken({ ...inbox, inboxHeads: [{ ...head, unread: 2 }] })).toEqual(['inbox: ada counts 2 unread of 1'])
  expect(broken({ ...inbox, inboxHeads: [{ ...head, seq: 2 }] })).toEqual(['inbox: ada is at 2 with 1 items'])
  expect(broken({ ...inbox, inboxHeads: [] })).toEqual(['inbox: ada has items and no head'])
  const stranger = { ...item, userId: 'bob' }
  expect(broken({ ...inbox, inboxItems: [item, stranger], inboxHeads: [head, { ...head, userId: 'bob' }] })).toEqual([
    `inbox: bob has ${id}, which was not for her`,
  ])
})

it('holds the log of attempts against the ledger', () => {
  expect(broken({ ...arrived, attempts: [] })).toEqual([
    `attempt log: ${at('EMAIL')} at sendgrid was taken, and the log has no attempt that could be it`,
  ])
  expect(broken({ ...arrived, attempts: [anAttempt({ outcome: 'unknown' })] })).toEqual([])
  const elsewhere = { outcome: 'unknown', provider: 'ses' }
  expect(broken({ ...arrived, attempts: [anAttempt(elsewhere)] })).toHaveLength(1)
  expect(broken({ ...arrived, attempts: [anAttempt({ ...elsewhere, code: 'claim_lost' })] })).toEqual([])
  expect(broken({ ...arrived, attempts: [anAttempt(), anAttempt()] })).toEqual([
    `attempt log: ${at('EMAIL')} at sendgrid was accepted 2× by the log, and 1× by the provider`,
  ])
  expect(judge(someFacts({ ledger: [aRow(), aRow()], attempts: [anAttempt()] })).unlogged).toBe(1)
})

it('finds a key that has made two notifications, and what was refused', () => {
  const other = 'ntf_01hzy3v7k8m9n0p1q2r3s4t5v7'
  expect(broken({ ...arrived, asked: [anAsked({ ids: [id, other] })] })).toEqual([
    `idempotency: k has made ${id} and ${other}`,
  ])
  const notifications = [id, other].map((each) => ({ id: each, tier: 'SOCIAL', state: 'DONE' }))
  expect(broken({ ...arrived, notifications })).toEqual([`idempotency: ${other} was made a second time`])
  expect(
    broken({
      asked: [anAsked({ became: 'refused', ids: [], reason: 'FORBIDDEN' })],
      keys: new Map(),
      notifications: [],
    }),
  ).toEqual(['refused: k was refused: FORBIDDEN'])
})

function broken(facts: Partial<Facts>): readonly string[] {
  return judge(someFacts(facts)).violations.map(({ rule, what }) => `${rule}: ${what}`)
}

/** One accepted e-mail to ada; nothing has become of it yet. */
function someFacts(change: Partial<Facts> = {}): Facts {
  return {
    asked: [anAsked()],
    notifications: [{ id, tier: 'SOCIAL', state: 'DONE' }],
    keys: new Map([['k', id]]),
    openSlices: [],
    deliveries: [],
    attempts: [],
    devices: [],
    inboxItems: [],
    inboxHeads: [],
    ledger: [],
    ...change,
  }
}

function anAsked(change: Partial<Asked> = {}): Asked {
  return {
    key: 'k',
    tier: 'SOCIAL',
    template: 'chaos.reminder',
    recipients: ['ada'],
    channels: ['EMAIL'],
    routing: 'EVERY',
    dueAt: 0,
    became: 'accepted',
    ids: [id],
    tries: 1,
    reason: null,
    ...change,
  }
}

function aRow(change: Partial<LedgerRow> = {}): LedgerRow {
  return {
    at: '2026-01-01T00:00:01.000Z',
    provider: 'sendgrid',
    channel: 'EMAIL',
    to: 'ada@example.com',
    ...ada,
    deliveryId: at('EMAIL'),
    collapseId: null,
    ...change,
  }
}

function anAttempt(change: Partial<AttemptFact> = {}): AttemptFact {
  const first = { attempt: 1, at: new Date(1_000), code: null }
  return { ...ada, channel: 'EMAIL', target: '', provider: 'sendgrid', outcome: 'accepted', ...first, ...change }
}

function aDelivery(state: string, reason: string | null, channel = 'EMAIL') {
  return { ...ada, channel, state, reason }
}
