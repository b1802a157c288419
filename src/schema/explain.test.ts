import { afterAll, expect, test } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { aCaller, anAdmin, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { Decision } from '../domain/decide.ts'
import { compactDecisions } from '../domain/decided.ts'
import { noCounts } from '../domain/funnel.ts'
import { sliceId } from '../domain/ids.ts'
import type { Channel } from '../domain/words.ts'
import { acceptNotification } from '../store/notifications.ts'
import { commitPage } from '../store/pages.ts'
import { applyReports } from '../store/reports.ts'
import { closeSlice } from '../store/slices.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)
const { database } = app
const { pool } = database

const until = new Date('2030-01-01T07:00:00.000Z')
const at = new Date()
const deliver = (channel: Channel): Decision => ({
  channel,
  at,
  rule: 'deliver',
  outcome: 'deliver',
  reason: null,
  until: null,
})
const defer = (channel: Channel): Decision => ({
  channel,
  at,
  rule: 'quiet_hours',
  outcome: 'defer',
  reason: 'quiet_hours',
  until,
})
const mute = (channel: Channel): Decision => ({
  channel,
  at,
  rule: 'preference',
  outcome: 'suppress',
  reason: 'opted_out',
  until: null,
})

const query = `query ($notificationId: ID!, $recipientId: ID!) {
  explainDelivery(notificationId: $notificationId, recipientId: $recipientId) {
    recipientId decisions { at channel rule outcome reason until provider } } }`

/** A notification to Ada, decided like this, with its e-mail in an open slice. */
async function aNotification(decisions: readonly Decision[]) {
  const [callerId, recipientId] = [unique('clr'), unique('ada')]
  const request = aNewNotification({ callerId, audience: { userIds: [recipientId, 'eve'] } })
  const { id: notificationId } = (await acceptNotification(pool, request, undefined)).notification
  const slice = sliceId(notificationId, 0, 'EMAIL', 0)
  await commitPage(database, {
    notificationId,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: compactDecisions(new Map([[recipientId, decisions]])),
    counts: noCounts,
    inboxItems: [],
    slices: [
      {
        id: slice,
        notificationId,
        page: 0,
        tier: 'SOCIAL',
        channel: 'EMAIL',
        attempt: 1,
        targets: [{ recipientId }],
        reason: null,
        dueAt: at,
      },
    ],
    suppressions: decisions.flatMap(({ channel, outcome, reason }) =>
      outcome === 'suppress'
        ? [
            {
              notificationId,
              recipientId,
              channel,
              state: 'SUPPRESSED' as const,
              reason,
              provider: null,
              updatedAt: at,
            },
          ]
        : [],
    ),
    deadLetters: [],
  })
  const { rows } = await pool.query<{ created_at: Date }>('SELECT created_at FROM page WHERE notification_id = $1', [
    notificationId,
  ])
  const decidedAt = rows[0]?.created_at ?? at
  return { callerId, recipientId, notificationId, slice, decidedAt }
}

const told = (decision: Decision, decidedAt: Date) => ({
  ...decision,
  at: decidedAt.toISOString(),
  until: decision.until?.toISOString() ?? null,
  provider: null,
})

test('tells what was decided on each channel, and what happened since, oldest first', async () => {
  const { callerId, recipientId, notificationId, slice, decidedAt } = await aNotification([
    mute('SMS'),
    defer('PUSH'),
    deliver('EMAIL'),
  ])
  const later = (ms: number) => new Date(decidedAt.getTime() + ms)
  const key = { notificationId, recipientId, channel: 'EMAIL', provider: 'sendgrid' } as const
  const attempt = { ...key, target: '', latencyMs: 3, providerMessageId: null }
  await database.log.logDeliveries(
    [{ ...key, state: 'SENT', reason: null, updatedAt: later(900) }],
    [
      { ...attempt, attempt: 1, at: later(100), outcome: 'retryable', code: '503' },
      { ...attempt, attempt: 2, at: later(800), outcome: 'accepted', code: '202' },
    ],
  )
  await closeSlice(database, {
    sliceId: slice,
    notificationId,
    counts: noCounts,
    children: [],
    deadLetters: [],
    fallbackItems: [],
  })
  const step = { channel: 'EMAIL', until: null, provider: 'sendgrid' }
  const attempted = { ...step, rule: 'attempt' }
  expect(await run(aCaller({ id: callerId }), query, { notificationId, recipientId })).toEqual({
    data: {
      explainDelivery: {
        recipientId,
        decisions: [
          told(defer('PUSH'), decidedAt),
          told(deliver('EMAIL'), decidedAt),
          told(mute('SMS'), decidedAt),
          { ...attempted, at: later(100).toISOString(), outcome: 'retryable', reason: '503' },
          { ...attempted, at: later(800).toISOString(), outcome: 'accepted', reason: '202' },
          { ...step, rule: 'state', at: later(900).toISOString(), outcome: 'sent', reason: null },
        ],
      },
    },
  })
})

test('tells what a rule stopped only just before it was sent', async () => {
  const { callerId, recipientId, notificationId, decidedAt } = await aNotification([deliver('EMAIL')])
  const updatedAt = new Date(decidedAt.getTime() + 5000)
  const stopped = { state: 'SUPPRESSED', reason: 'hard_stop', provider: null, updatedAt } as const
  await database.log.logDeliveries([{ notificationId, recipientId, channel: 'EMAIL', ...stopped }], [])
  expect(await run(aCaller({ id: callerId }), query, { notificationId, recipientId })).toMatchObject({
    data: {
      explainDelivery: {
        decisions: [
          { outcome: 'deliver' },
          { at: updatedAt.toISOString(), rule: 'hard_stop', outcome: 'suppressed', reason: 'hard_stop' },
        ],
      },
    },
  })
})

test('tells what a provider has told since', async () => {
  const { callerId, recipientId, notificationId, decidedAt } = await aNotification([deliver('EMAIL')])
  const key = { notificationId, recipientId, channel: 'EMAIL', provider: 'sendgrid' } as const
  const later = (ms: number) => new Date(decidedAt.getTime() + ms)
  await database.log.logDeliveries([{ ...key, state: 'SENT', reason: null, updatedAt: later(100) }], [])
  await applyReports(database, [{ ...key, state: 'FAILED', reason: 'bounced', at: later(900) }])
  expect(await run(aCaller({ id: callerId }), query, { notificationId, recipientId })).toMatchObject({
    data: {
      explainDelivery: {
        decisions: [
          { outcome: 'deliver' },
          { at: later(900).toISOString(), rule: 'state', outcome: 'failed', reason: 'bounced', provider: 'sendgrid' },
        ],
      },
    },
  })
})

test('tells the same to an administrator, and nothing to anybody else', async () => {
  const { recipientId, notificationId, callerId } = await aNotification([mute('SMS')])
  const ask = (principal: ReturnType<typeof aCaller>, recipient: string) =>
    run(principal, query, { notificationId, recipientId: recipient })
  const none = { data: { explainDelivery: null } }
  expect(await ask(anAdmin(), recipientId)).toMatchObject({ data: { explainDelivery: { recipientId } } })
  expect(await ask(aCaller(), recipientId)).toEqual(none)
  expect(await ask(aCaller({ id: callerId }), unique('somebody'))).toEqual(none)
  expect(await ask(aCaller({ id: callerId }), 'no\u0000body')).toEqual(none)
  expect(await ask(aCaller({ id: callerId }), 'eve')).toEqual({
    data: { explainDelivery: { recipientId: 'eve', decisions: [] } },
  })
})
