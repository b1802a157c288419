import {
  NotificationDocument,
  type NotificationQuery,
  SendNotificationDocument,
  type SendNotificationInput,
  type SendNotificationMutation,
} from '../generated/operations.ts'
import { ask, type Service } from './graphql.ts'

export type SendResult = SendNotificationMutation['sendNotification']

/** A notification of the demo's template that has all four channels. */
export function orderShipped(
  userIds: readonly string[],
  change: Partial<SendNotificationInput> = {},
): SendNotificationInput {
  return {
    template: 'order.shipped',
    audience: { userIds },
    data: { orderId: '1001', item: 'Bell tower', carrier: 'Pigeon Post', arrives: 'on Tuesday' },
    ...change,
  }
}

export async function trySend(
  service: Service,
  input: SendNotificationInput,
  apiKey = service.demo.apiKey,
): Promise<SendResult> {
  return (await ask(service, apiKey, SendNotificationDocument, { input })).sendNotification
}

/** Sends and resolves with the notification's id. Rejects unless it was accepted. */
export async function send(service: Service, input: SendNotificationInput, apiKey?: string): Promise<string> {
  const result = await trySend(service, input, apiKey)
  if (result.__typename !== 'SendNotificationPayload') throw new Error(`not accepted: ${JSON.stringify(result)}`)
  return result.notification.id
}

export type NotificationNow = NonNullable<NotificationQuery['notification']>

/** A notification as its caller sees it now. */
export async function read(service: Service, id: string, apiKey = service.demo.apiKey): Promise<NotificationNow> {
  const { notification } = await ask(service, apiKey, NotificationDocument, { id })
  if (notification === null) throw new Error(`there is no notification ${id}`)
  return notification
}

export async function stateOf(service: Service, id: string): Promise<string> {
  return (await read(service, id)).state
}

/** `{ PUSH: 'SENT', SMS: 'SUPPRESSED no_address' … }`: the deliveries to the one recipient of a notification. */
export async function channelStates(service: Service, id: string): Promise<Readonly<Record<string, string>>> {
  const { deliveries } = await read(service, id)
  return Object.fromEntries(
    deliveries.nodes.map(({ channel, state, reason }) => [channel, reason === null ? state : `${state} ${reason}`]),
  )
}

/** The outcomes of the attempts on one channel, oldest first. */
export async function outcomes(service: Service, id: string, channel: string): Promise<readonly string[]> {
  const { deliveries } = await read(service, id)
  return deliveries.nodes
    .filter((delivery) => delivery.channel === channel)
    .flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))
}

/** The stages of a funnel that are not zero. */
export function funnelCounts({ funnel }: Pick<NotificationNow, 'funnel'>): Readonly<Record<string, number>> {
  return Object.fromEntries(funnel.filter(({ count }) => count > 0).map(({ stage, count }) => [stage, count]))
}
