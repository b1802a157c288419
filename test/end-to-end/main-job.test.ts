import { afterAll, expect, inject, it } from 'vitest'
import { overSocket, overSse } from '../setup/live.ts'
import { funnelCounts, orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, requests } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const person = await aPerson(carillon)
const { userId } = person

const inboxEvents = {
  query: `subscription { inboxEvents {
    __typename unreadCount viewer { userId unreadCount }
    ... on InboxItemAdded { item { notificationId tier category title body deepLink actions { id title } data readAt } }
  } }`,
}
const socket = overSocket(carillon, person.token, inboxEvents)
const sse = await overSse(carillon, person.token, inboxEvents)
afterAll(() => Promise.all([socket.close(), sse.close()]))

const patience = { timeout: 15_000, interval: 20 }

it('takes one mutation to an iPhone, an Android phone, a mailbox, an SMS and two live inboxes, once each', async () => {
  const ready = event({ __typename: 'InboxReady', unreadCount: 0 })
  await expect.poll(() => [socket.events, sse.events], patience).toEqual([[ready], [ready]])
  const before = await requests(carillon)

  const began = performance.now()
  const id = await send(carillon, orderShipped([userId]))
  const answeredMs = performance.now() - began
  await expect.poll(() => ledger(carillon, id), patience).toHaveLength(4)
  const ledgerMs = performance.now() - began
  await expect.poll(() => [socket.events.length, sse.events.length], patience).toEqual([2, 2])
  const liveMs = performance.now() - began
  console.log(figures({ answeredMs, ledgerMs, liveMs }))

  const rows = [...(await ledger(carillon, id))].sort((a, b) => a.provider.localeCompare(b.provider))
  const named = { notificationId: id, recipientId: userId, at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) }
  const link = 'https://shop.example.com/orders/1001'
  const pushText =
    /Your order is on its way[\s\S]*Bell tower left our warehouse with Pigeon Post and arrives on Tuesday\./
  const pushed = { ...named, channel: 'PUSH', deliveryId: `dlv_${id.slice(4)}~push~${userId}` }
  expect(rows).toEqual([
    {
      ...pushed,
      provider: 'apns',
      to: person.iosToken,
      collapseId: expect.any(String),
      content: expect.stringMatching(pushText),
    },
    {
      ...pushed,
      provider: 'fcm',
      to: person.androidToken,
      collapseId: rows[0]?.collapseId,
      content: expect.stringMatching(pushText),
    },
    {
      ...named,
      provider: 'sendgrid',
      channel: 'EMAIL',
      to: person.email,
      deliveryId: `dlv_${id.slice(4)}~email~${userId}`,
      collapseId: null,
      content: expect.stringMatching(/Order 1001 is on its way[\s\S]*Hello Grace,/),
    },
    {
      ...named,
      provider: 'twilio',
      channel: 'SMS',
      to: person.phone,
      deliveryId: `dlv_${id.slice(4)}~sms~${userId}`,
      collapseId: null,
      content: expect.stringContaining(`Order 1001 is on its way and arrives on Tuesday: ${link}`),
    },
  ])

  const added = event({
    __typename: 'InboxItemAdded',
    unreadCount: 1,
    item: {
      notificationId: id,
      tier: 'TRANSACTIONAL',
      category: 'order.shipped',
      title: 'Your order is on its way',
      body: 'Bell tower left our warehouse with Pigeon Post and arrives on Tuesday.',
      deepLink: link,
      actions: [
        { id: 'track', title: 'Track parcel' },
        { id: 'help', title: 'Get help' },
      ],
      data: { orderId: '1001', item: 'Bell tower', carrier: 'Pigeon Post', arrives: 'on Tuesday' },
      readAt: null,
    },
  })
  expect([socket.events, sse.events]).toEqual([
    [ready, added],
    [ready, added],
  ])

  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  const after = await requests(carillon)
  const asked = Object.entries(after).map(([provider, count]) => [provider, count - (before[provider] ?? 0)])
  expect(Object.fromEntries(asked)).toEqual({ apns: 1, fcm: 1, sendgrid: 1, ses: 0, smtp: 0, twilio: 1, vonage: 0 })
})

it('tells a caller what became of every delivery', async () => {
  const id = await send(carillon, orderShipped([userId, userId]))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  const notification = await read(carillon, id)
  expect(funnelCounts(notification)).toEqual({ accepted: 1, fanned_out: 1, dispatched: 4, sent: 4 })
  const delivery = (channel: string, word: string, providers: readonly string[]) => ({
    id: `dlv_${id.slice(4)}~${word}~${userId}`,
    recipientId: userId,
    channel,
    state: 'SENT',
    reason: null,
    provider: providers.length > 0 ? expect.toBeOneOf([...providers]) : null,
    attempts: expect.toSatisfy(
      (attempts: { provider: string; outcome: string }[]) =>
        JSON.stringify(attempts.map((each) => each.provider).sort()) === JSON.stringify(providers) &&
        attempts.every(({ outcome }) => outcome === 'accepted'),
    ),
  })
  expect(notification).toEqual({
    id,
    tier: 'TRANSACTIONAL',
    category: 'order.shipped',
    template: 'order.shipped',
    data: { orderId: '1001', item: 'Bell tower', carrier: 'Pigeon Post', arrives: 'on Tuesday' },
    state: 'DONE',
    createdAt: expect.any(String),
    sendAt: null,
    expiresAt: expect.any(String),
    recipientCount: 1,
    funnel: expect.any(Array),
    deliveries: {
      nodes: [
        delivery('IN_APP', 'inapp', []),
        delivery('PUSH', 'push', ['apns', 'fcm']),
        delivery('EMAIL', 'email', ['sendgrid']),
        delivery('SMS', 'sms', ['twilio']),
      ],
    },
  })
})

function event(fields: { readonly unreadCount: number } & Readonly<Record<string, unknown>>) {
  const viewer = { userId, unreadCount: fields.unreadCount }
  return { data: { inboxEvents: { viewer, ...fields } } }
}

function figures(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, ms]) => `${name} ${ms.toFixed(0)}`)
    .join(', ')
}
