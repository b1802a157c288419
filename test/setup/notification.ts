import { z } from 'zod'
import type { CarillonAddress } from './carillon.ts'
import { bearer, post } from './graphql.ts'

type Service = Pick<CarillonAddress, 'demo'>
type Input = Readonly<Record<string, unknown>>

const sendMutation = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationPayload { replayed notification { id state } }
    ... on RequestError { code message }
    ... on InvalidInput { fields { path code } }
    ... on IdempotencyConflict { idempotencyKey existingId }
  }
}`

/** The whole HTTP answer to a `sendNotification`. */
export function postSend(service: Service, input: Input, headers: Readonly<Record<string, string>>) {
  return post(service, { query: sendMutation, variables: { input } }, headers)
}

const accepted = z.object({
  data: z.object({
    sendNotification: z.object({ replayed: z.boolean(), notification: z.object({ id: z.string(), state: z.string() }) }),
  }),
})

/** Sends and resolves with the notification's id. Rejects unless it was accepted. */
export async function send(service: Service, input: Input, apiKey = service.demo.apiKey): Promise<string> {
  const { body } = await postSend(service, input, bearer(apiKey))
  const parsed = accepted.safeParse(body)
  if (!parsed.success) throw new Error(`not accepted: ${JSON.stringify(body)}`)
  return parsed.data.data.sendNotification.notification.id
}

/** A notification of the demo's template that has all four channels. */
export function orderShipped(userIds: readonly string[], change: Input = {}): Input {
  return {
    template: 'order.shipped',
    audience: { userIds },
    data: { orderId: '1001', item: 'Bell tower', carrier: 'Pigeon Post', arrives: 'on Tuesday' },
    ...change,
  }
}

const notificationQuery = `query Notification($id: ID!) {
  notification(id: $id) {
    id tier category template data state sendAt expiresAt recipientCount
    funnel { stage count }
    deliveries(first: 100) {
      nodes { id recipientId channel state reason provider updatedAt attempts { at provider outcome code } }
    }
  }
}`

const delivery = z.object({
  id: z.string(),
  recipientId: z.string(),
  channel: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  provider: z.string().nullable(),
  updatedAt: z.string(),
  attempts: z.array(
    z.object({ at: z.string(), provider: z.string(), outcome: z.string(), code: z.string().nullable() }),
  ),
})

const notification = z.object({
  id: z.string(),
  tier: z.string(),
  category: z.string(),
  template: z.string(),
  data: z.unknown(),
  state: z.string(),
  sendAt: z.string().nullable(),
  expiresAt: z.string(),
  recipientCount: z.number(),
  funnel: z.array(z.object({ stage: z.string(), count: z.number() })),
  deliveries: z.object({ nodes: z.array(delivery) }),
})

export type NotificationNow = Readonly<z.infer<typeof notification>>

/** A notification as its caller sees it now. */
export async function read(service: Service, id: string, apiKey = service.demo.apiKey): Promise<NotificationNow> {
  const { body } = await post(service, { query: notificationQuery, variables: { id } }, bearer(apiKey))
  const parsed = z.object({ data: z.object({ notification }) }).safeParse(body)
  if (!parsed.success) throw new Error(`no notification ${id}: ${JSON.stringify(body)}`)
  return parsed.data.data.notification
}

export async function stateOf(service: Service, id: string): Promise<string> {
  return (await read(service, id)).state
}

/** `{ PUSH: 'SENT', … }` of the one recipient of a notification. */
export async function channelStates(service: Service, id: string): Promise<Readonly<Record<string, string>>> {
  const { deliveries } = await read(service, id)
  return Object.fromEntries(deliveries.nodes.map(({ channel, state }) => [channel, state]))
}

/** The stages of a funnel that are not zero. */
export function funnelCounts({ funnel }: NotificationNow): Readonly<Record<string, number>> {
  return Object.fromEntries(funnel.filter(({ count }) => count > 0).map(({ stage, count }) => [stage, count]))
}
