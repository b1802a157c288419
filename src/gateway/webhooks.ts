import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import { isSignedByTwilio, readTwilioWebhook, type TwilioEvent } from '../channels/sms/twilio-webhook.ts'
import { log } from '../log.ts'
import { webhooks } from '../metrics.ts'
import type { App } from '../schema/context.ts'
import { phoneOwners } from '../store/phone-owners.ts'
import { type FeedbackBody, feedbackMessage } from '../streams/messages.ts'
import { readBody } from './body.ts'
import type { Answer } from './graphql-over-http.ts'

type WebhookApp = Pick<App, 'database' | 'streams' | 'now'>

/** What became of a webhook, and how that is answered: never with a body, so that nothing can be learnt from it. */
const statuses = {
  accepted: 204,
  malformed: 400,
  unsigned: 401,
  wrong_method: 405,
  too_long: 413,
  unavailable: 503,
} as const
type Fate = keyof typeof statuses

/** A webhook of Twilio has a dozen short fields; a message has at most 1,600 characters. */
const maxBytes = 64 * 1024

/**
 * `POST /webhooks/twilio`: verified, published to the stream of feedback and answered at once. With 503 when it cannot
 * be published; Twilio sends it again where its address ends in `#rc=5&rp=all`.
 */
export function twilioWebhook(app: WebhookApp, publicUrl: string, authToken: string): Answer {
  return async (request, response) => {
    const fate = await receive(app, publicUrl, authToken, request)
    webhooks.inc({ provider: 'twilio', fate })
    response.writeHead(statuses[fate], fate === 'wrong_method' ? { Allow: 'POST' } : {}).end()
  }
}

async function receive(app: WebhookApp, publicUrl: string, authToken: string, request: IncomingMessage): Promise<Fate> {
  const { method, url = '/', headers } = request
  if (method !== 'POST') return 'wrong_method'
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) return 'malformed'
  const body = await readBody(request, maxBytes).catch(nothingIfTooLong)
  if (body === undefined) return 'too_long'
  const form = new URLSearchParams(body)
  const signature = headers['x-twilio-signature']
  // The address as we have told it to Twilio: the Host header is whatever a proxy, or anybody, has made of it.
  if (!isSignedByTwilio(authToken, String(signature ?? ''), publicUrl + url, form)) return 'unsigned'
  const event = readTwilioWebhook(form, new URL(url, publicUrl).searchParams)
  if (event === undefined) return 'malformed'
  try {
    const bodies = await feedbackOf(app, event)
    await Promise.all(bodies.map((each) => app.streams.publish(feedbackMessage, each)))
    return 'accepted'
  } catch (error) {
    log.warn({ err: error, provider: 'twilio' }, 'a webhook could not be published; its provider has to send it again')
    return 'unavailable'
  }
}

/** Turns the number, which only PostgreSQL may hold, into the ids of those who have it. */
async function feedbackOf({ database, now }: WebhookApp, event: TwilioEvent): Promise<readonly FeedbackBody[]> {
  const common = { provider: 'twilio', at: now().toISOString() } as const
  switch (event.kind) {
    case 'reply': {
      const { from, ...reply } = event
      return (await phoneOwners(database, from)).map((userId) => ({ ...common, ...reply, userId }))
    }
    case 'status':
      return [{ ...common, ...event }]
    case 'other':
      return []
  }
}

function nothingIfTooLong(error: unknown): undefined {
  if (!(error instanceof GraphQLError)) throw error
}
