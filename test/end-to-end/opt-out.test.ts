import { beforeEach, expect, inject, it } from 'vitest'
import { z } from 'zod'
import type { SendNotificationInput } from '../generated/operations.ts'
import { orderShipped, read, send } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'

const carillon = inject('carillon')
const { gateway, sandbox } = carillon.demo
const patience = { timeout: 15_000, interval: 20 }
let person: Person

beforeEach(async () => {
  person = await aPerson(carillon)
})

/** She answers the last SMS; resolves when Twilio has told the gateway. */
async function reply(body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${sandbox}/sms/replies`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ from: person.phone, body }),
  })
  expect(await response.json()).toMatchObject({ status: 204 })
}

function newsletter(): SendNotificationInput {
  const data = { headline: 'A new bell', teaser: 'It rings.' }
  return { template: 'marketing.newsletter', audience: { userIds: [person.userId] }, data }
}

/** What became of a new notification on a channel: state and reason, once it has been decided. */
async function outcome(input: SendNotificationInput, channel: string): Promise<readonly unknown[]> {
  const id = await send(carillon, input)
  let found: readonly unknown[] = []
  const decided = async () => {
    const delivery = (await read(carillon, id)).deliveries.nodes.find((each) => each.channel === channel)
    // Its provider may have told already that it has arrived.
    found = [delivery?.state === 'DELIVERED' ? 'SENT' : delivery?.state, delivery?.reason]
    return delivery?.state ?? 'PENDING'
  }
  await expect.poll(decided, patience).not.toBe('PENDING')
  return found
}

it('sends no SMS to whoever has answered STOP, until she answers START', async () => {
  const order = orderShipped([person.userId])
  expect(await outcome(order, 'SMS')).toEqual(['SENT', null])
  await reply('STOP')
  await expect.poll(() => outcome(order, 'SMS'), patience).toEqual(['SUPPRESSED', 'channel_off'])
  expect(await outcome(order, 'EMAIL')).toEqual(['SENT', null])
  await reply('START')
  await expect.poll(() => outcome(order, 'SMS'), patience).toEqual(['SENT', null])
})

const mails = z.array(z.object({ to: z.string(), content: z.string(), unsubscribeUrl: z.string().optional() }))

async function mailsOf(): Promise<z.infer<typeof mails>> {
  const response = await fetch(`${sandbox}/messages?recipientId=${person.userId}&channel=EMAIL`)
  return mails.parse(await response.json())
}

it('has a link in each mail of MARKETING that ends its category with one click, and none in TRANSACTIONAL ones', async () => {
  expect(await outcome(newsletter(), 'EMAIL')).toEqual(['SENT', null])
  expect(await outcome(orderShipped([person.userId]), 'EMAIL')).toEqual(['SENT', null])
  const [news, order] = await mailsOf()
  expect(order?.unsubscribeUrl).toBeUndefined()
  const link = news?.unsubscribeUrl ?? ''
  expect(link).toMatch(new RegExp(`^${gateway}/unsubscribe/[\\w.-]+$`))

  expect((await fetch(link)).status).toBe(200)
  expect(await outcome(newsletter(), 'EMAIL')).toEqual(['SENT', null])
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
  expect((await fetch(link, { method: 'POST', body })).status).toBe(200)
  expect(await outcome(newsletter(), 'EMAIL')).toEqual(['SUPPRESSED', 'opted_out'])
  expect(await outcome(orderShipped([person.userId]), 'EMAIL')).toEqual(['SENT', null])
})
