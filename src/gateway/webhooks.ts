import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import type { ProviderEvent, ReplyEvent, ReportEvent, Webhook, WebhookReading } from '../channels/webhook.ts'
import { openWebhooks } from '../channels/webhooks.ts'
import { parseDeliveryId } from '../domain/ids.ts'
import type { ProviderName } from '../domain/words.ts'
import { log } from '../log.ts'
import { webhooks } from '../metrics.ts'
import type { App } from '../schema/context.ts'
import { addressDigest } from '../store/address-digest.ts'
import { phoneOwners } from '../store/phone-owners.ts'
import { inBatches } from '../streams/in-batches.ts'
import { type FeedbackBody, feedbackMessage } from '../streams/messages.ts'
import { readBytes } from './body.ts'
import type { Answer } from './graphql-over-http.ts'
import type { WebhookSettings } from './settings.ts'

type WebhookApp = Pick<App, 'database' | 'streams' | 'cipher' | 'now'>

/** What became of a webhook, and how that is answered: never with a body, so that nothing can be learnt from it. */
const statuses = {
  accepted: 204,
  malformed: 400,
  unsigned: 401,
  stale: 401,
  wrong_method: 405,
  too_long: 413,
  unavailable: 503,
} as const
type Fate = keyof typeof statuses

type Report = Extract<FeedbackBody, { readonly kind: 'reports' }>['reports'][number]

/**
 * `/webhooks/<provider>`, of each provider that may send any: verified, published to the stream of feedback, and answered
 * at once. With 503 when it cannot be published: the provider has to send it again.
 */
export function webhookRoutes(
  app: WebhookApp,
  { publicUrl, ...keys }: WebhookSettings,
): Readonly<Record<string, Answer>> {
  return Object.fromEntries(
    openWebhooks(publicUrl, keys).map(([provider, webhook]) => [
      `/webhooks/${provider}`,
      receiver(app, provider, webhook),
    ]),
  )
}

/** Webhooks that come together are published together. */
const batches = { waitMs: 10, most: 500 }

function receiver(app: WebhookApp, provider: ProviderName, webhook: Webhook): Answer {
  const publishReports = inBatches((reports: readonly Report[]) => {
    return app.streams.publish(feedbackMessage, { kind: 'reports', provider, reports: [...reports] })
  }, batches)

  async function publish(events: readonly ProviderEvent[]): Promise<void> {
    const reports = events.flatMap((event) => (event.kind === 'reply' ? [] : [reportBody(app, event)]))
    const replies = events.flatMap((event) => (event.kind === 'reply' ? [event] : []))
    await Promise.all([
      ...chunks(reports, batches.most).map(publishReports),
      ...replies.map((reply) => publishReply(app, provider, reply)),
    ])
  }

  async function receive(request: IncomingMessage): Promise<Fate> {
    const reading = await read(webhook, request, app.now())
    if (reading.kind !== 'events') return reading.kind
    try {
      await publish(reading.events)
      return 'accepted'
    } catch (error) {
      log.warn({ err: error, provider }, 'a webhook could not be published; its provider has to send it again')
      return 'unavailable'
    }
  }

  return async (request, response) => {
    const fate = await receive(request)
    webhooks.inc({ provider, fate })
    response.writeHead(statuses[fate], fate === 'wrong_method' ? { Allow: webhook.methods.join(', ') } : {}).end()
  }
}

type Read = Exclude<WebhookReading, { readonly kind: 'events' }> | { readonly kind: 'wrong_method' | 'too_long' }

async function read(
  webhook: Webhook,
  request: IncomingMessage,
  at: Date,
): Promise<Read | Extract<WebhookReading, { readonly kind: 'events' }>> {
  const { method = '', url = '/', headers } = request
  if (!webhook.methods.some((each) => each === method)) return { kind: 'wrong_method' }
  if (method === 'POST' && !webhook.takes(headers['content-type'] ?? '')) return { kind: 'malformed' }
  const body = await readBytes(request, webhook.maxBytes).catch(nothingIfTooLong)
  return body === undefined ? { kind: 'too_long' } : webhook.read({ method, url, headers, body, at })
}

/** An address, which only PostgreSQL may hold, becomes a keyed hash of it. */
function reportBody({ cipher }: WebhookApp, { suppress, at, ...report }: ReportEvent): Report {
  const channel = parseDeliveryId(report.deliveryId)?.channel
  const body = { ...report, at: at.toISOString() }
  if (suppress === undefined || (channel !== 'EMAIL' && channel !== 'SMS')) return body
  const { reason, address } = suppress
  return { ...body, suppress: { reason, digest: addressDigest(cipher, channel, address) } }
}

/** A number becomes the ids of those who have it. */
async function publishReply({ database, streams, now }: WebhookApp, provider: ProviderName, event: ReplyEvent) {
  const { from, ...reply } = event
  const owners = await phoneOwners(database, from)
  const common = { ...reply, provider, at: now().toISOString() }
  await Promise.all(owners.map((userId) => streams.publish(feedbackMessage, { ...common, userId })))
}

function nothingIfTooLong(error: unknown): undefined {
  if (!(error instanceof GraphQLError)) throw error
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
