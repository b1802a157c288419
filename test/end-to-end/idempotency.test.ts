import { randomUUID } from 'node:crypto'
import { print } from 'graphql'
import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import { SendNotificationDocument, type SendNotificationInput } from '../generated/operations.ts'
import { aCallersKey } from '../setup/caller.ts'
import { bearer, post } from '../setup/graphql.ts'
import { orderShipped, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { reached } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const { userId } = await aPerson(carillon)
const signedIn = bearer(carillon.demo.apiKey)
const patience = { timeout: 15_000, interval: 50 }

it('makes a notification once however often it is sent with the same key and body', async () => {
  const key = randomUUID()
  const input = { ...orderShipped([userId]), idempotencyKey: key }
  const answers = await Promise.all(Array.from({ length: 10 }, () => postSend(input, signedIn)))
  const payloads = answers.map(({ body }) => payloadOf(body))
  const [id] = new Set(payloads.map((payload) => payload.notification.id))
  expect(payloads.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(payloads.map((payload) => payload.notification.id))).toEqual(new Set([id]))
  await expect.poll(() => stateOf(carillon, id ?? ''), patience).toBe('DONE')
  expect(await reached(carillon, id ?? '')).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])

  // The header means the same, and the stored answer is given again once it is done.
  const again = await postSend(orderShipped([userId]), { ...signedIn, 'idempotency-key': key })
  expect(payloadOf(again.body)).toEqual({ replayed: true, notification: { id, state: 'DONE' } })
  expect(await reached(carillon, id ?? '')).toHaveLength(4)
})

it('refuses a key that was used with another body, and names the notification it made', async () => {
  const headers = { ...signedIn, 'idempotency-key': randomUUID() }
  const first = await postSend(orderShipped([userId]), headers)
  const second = await postSend(orderShipped([userId], { data: { orderId: '1002' } }), headers)
  expect([second.status, second.body]).toEqual([
    200,
    {
      data: {
        sendNotification: {
          __typename: 'IdempotencyConflict',
          code: 'IDEMPOTENCY_CONFLICT',
          message: expect.stringContaining(headers['idempotency-key']),
          idempotencyKey: headers['idempotency-key'],
          existingId: payloadOf(first.body).notification.id,
        },
      },
    },
  ])
})

it('keeps the keys of callers apart', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const one = await postSend(orderShipped([userId]), { ...headers, ...signedIn })
  const other = await postSend(orderShipped([userId]), { ...headers, ...bearer(carillon.demo.bulkApiKey) })
  expect([payloadOf(one.body).replayed, payloadOf(other.body).replayed]).toEqual([false, false])
  expect(payloadOf(one.body).notification.id).not.toBe(payloadOf(other.body).notification.id)
})

it('answers 429 with Retry-After once the minute of a caller is used up, and executes nothing', async () => {
  const apiKey = await aCallersKey(carillon, { perMinute: 3 })
  const sends = []
  for (let n = 0; n < 3; n++) sends.push(await postSend(orderShipped([userId]), bearer(apiKey)))
  expect(sends.map(({ status }) => status)).toEqual([200, 200, 200])

  const refused = await postSend(orderShipped([userId]), bearer(apiKey))
  expect([refused.status, refused.body]).toEqual([
    429,
    { errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code: 'RATE_LIMITED' }) }] },
  ])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20)

  // Reading costs nothing.
  const listed = await post(carillon, { query: '{ notifications(first: 10) { nodes { id } } }' }, bearer(apiKey))
  expect([listed.status, listed.body]).toEqual([
    200,
    {
      data: {
        notifications: {
          nodes: sends.map(({ body }) => ({ id: payloadOf(body).notification.id })).reverse(),
        },
      },
    },
  ])
})

/** `sendNotification` with the whole HTTP answer. */
function postSend(input: SendNotificationInput, headers: Readonly<Record<string, string>>) {
  return post(carillon, { query: print(SendNotificationDocument), variables: { input } }, headers)
}

const payload = z.object({ replayed: z.boolean(), notification: z.object({ id: z.string(), state: z.string() }) })

function payloadOf(body: unknown) {
  return z.object({ data: z.object({ sendNotification: payload }) }).parse(body).data.sendNotification
}
