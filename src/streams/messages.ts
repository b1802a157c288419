import { hash } from 'node:crypto'
import { z } from 'zod'
import { breakerStates } from '../domain/breaker.ts'
import type { ProviderView } from '../domain/provider-health.ts'
import { reportKinds } from '../domain/report.ts'
import { sheddingLevels, urgentTiers } from '../domain/shedding.ts'
import { addressReasons } from '../domain/suppressed-address.ts'
import { type ProviderChannel, providerChannels, providerNames, type Tier, tiers } from '../domain/words.ts'

/*
 * Subject, id and body of every message. Bodies are ids, never personal data: erasing a person never means
 * rewriting a stream.
 */

/** A kind of message in a JetStream stream: what goes in, and how it comes out again. */
export interface Message<Body> {
  /** JetStream drops a second message with the same id within two minutes. */
  id(body: Body): string
  subject(body: Body): string
  decode(bytes: Uint8Array): Body
}

const fanOutBody = z.object({
  notificationId: z.string(),
  tier: z.enum(tiers),
  /** The page to expand. */
  page: z.int(),
  generation: z.int(),
})
export type FanOutBody = z.infer<typeof fanOutBody>

/** `notifications.<tier>`: expand this page of this notification. */
export const fanOutMessage: Message<FanOutBody> = {
  id: (body) => `${body.notificationId}.${body.page}.${body.generation}`,
  subject: (body) => notificationsSubject(body.tier),
  decode: (bytes) => fanOutBody.parse(json(bytes)),
}

const sliceBody = z.object({
  sliceId: z.string(),
  tier: z.enum(tiers),
  channel: z.enum(providerChannels),
  generation: z.int(),
})
export type SliceBody = z.infer<typeof sliceBody>

/** `deliveries.<tier>.<channel>`: make the deliveries of this slice. */
export const sliceMessage: Message<SliceBody> = {
  id: (body) => `${body.sliceId}.${body.generation}`,
  subject: (body) => deliveriesSubject(body.tier, body.channel),
  decode: (bytes) => sliceBody.parse(json(bytes)),
}

const feedbackBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('reply'),
    provider: z.enum(providerNames),
    /** The provider's id of what happened. */
    messageId: z.string(),
    /** Who sent it: a number is never in a stream. */
    userId: z.string(),
    word: z.enum(['stop', 'start']),
    /** When it reached us: RFC 3339. */
    at: z.iso.datetime(),
  }),
  z.object({
    kind: z.literal('reports'),
    provider: z.enum(providerNames),
    /** What became of deliveries: those of one webhook, or of several that came together. */
    reports: z.array(
      z.object({
        deliveryId: z.string(),
        kind: z.enum(reportKinds),
        /** The provider's own word. */
        code: z.string().nullable(),
        at: z.iso.datetime(),
        /** The provider's id of what happened. */
        eventId: z.string(),
        /** Nothing goes to the address any more; which one it was, a keyed hash tells. */
        suppress: z.object({ reason: z.enum(addressReasons), digest: z.string() }).optional(),
      }),
    ),
  }),
])
export type FeedbackBody = z.infer<typeof feedbackBody>

/** `feedback.<provider>`: what a provider has reported, in a webhook that it signed. */
export const feedbackMessage: Message<FeedbackBody> = {
  id: (body) =>
    `${body.provider}.${body.kind === 'reply' ? `${body.messageId}.${body.userId}` : eventsId(body.reports)}`,
  subject: ({ provider }) => `feedback.${provider}`,
  decode: (bytes) => feedbackBody.parse(json(bytes)),
}

function eventsId(reports: readonly { readonly eventId: string }[]): string {
  return hash('sha256', JSON.stringify(reports.map(({ eventId }) => eventId)), 'base64url')
}

/** A kind of message over core NATS: whoever listens gets it, nobody else ever will. */
export interface Signal<Key, Body> {
  subject(key: Key): string
  decode(bytes: Uint8Array): Body
}

const inboxChangedBody = z.object({
  userId: z.string(),
  /** The head's sequence after the change, and its count. */
  seq: z.int(),
  unread: z.int(),
  /** The change was an "all read" of what had been sent until then: RFC 3339. */
  allReadBefore: z.iso.datetime().optional(),
})
export type InboxChangedBody = z.infer<typeof inboxChangedBody>

/** `inbox.<hash of the user id>`: an inbox has changed, up to this sequence. */
export const inboxChanged: Signal<string, InboxChangedBody> = {
  subject: (userId) => `inbox.${hash('sha256', userId).slice(0, 32)}`,
  decode(bytes) {
    const body = json(bytes)
    return isHead(body) ? body : inboxChangedBody.parse(body)
  },
}

/** What nearly every one is, by a look: a gateway gets thousands at a time. */
function isHead(body: unknown): body is InboxChangedBody {
  if (typeof body !== 'object' || body === null || 'allReadBefore' in body) return false
  const { userId, seq, unread } = body as { readonly [Key in keyof InboxChangedBody]?: unknown }
  return typeof userId === 'string' && Number.isSafeInteger(seq) && Number.isSafeInteger(unread)
}

const inboxReadBody = z.object({ userId: z.string(), notificationIds: z.array(z.string()) })
export type InboxReadBody = z.infer<typeof inboxReadBody>

/** `inbox-read`: somebody has read, or archived, these in the inbox. */
export const inboxRead: Signal<undefined, InboxReadBody> = {
  subject: () => 'inbox-read',
  decode: (bytes) => inboxReadBody.parse(json(bytes)),
}

const broadcastMadeBody = z.object({ number: z.int() })

/** `broadcast.made`: followers of somebody are to get something when they show up; those who are connected have. */
export const broadcastMade: Signal<undefined, z.infer<typeof broadcastMadeBody>> = {
  subject: () => 'broadcast.made',
  decode: (bytes) => broadcastMadeBody.parse(json(bytes)),
}

const notificationChangedBody = z.object({ notificationId: z.string() })
export type NotificationChangedBody = z.infer<typeof notificationChangedBody>

/** `notification.<id>`: its state or funnel has changed. */
export const notificationChanged: Signal<string, NotificationChangedBody> = {
  subject: (notificationId) => `notification.${notificationId}`,
  decode: (bytes) => notificationChangedBody.parse(json(bytes)),
}

const campaignChangedBody = z.object({ campaignId: z.string() })

/** `campaign.<id>`: somebody has started, paused, resumed or cancelled it. */
export const campaignChanged: Signal<string, z.infer<typeof campaignChangedBody>> = {
  subject: (campaignId) => `campaign.${campaignId}`,
  decode: (bytes) => campaignChangedBody.parse(json(bytes)),
}

const providerHealthBody = z.object({
  /** Who tells it; what it told before is void. */
  process: z.string(),
  views: z.array(
    z.object({
      provider: z.enum(providerNames),
      tier: z.enum(tiers),
      state: z.enum(breakerStates),
      openedBecause: z.string().nullable(),
      openUntil: z.coerce.date().nullable(),
      calls: z.int(),
      failures: z.int(),
      latencies: z.array(z.int()),
      limitPerSecond: z.number().nullable(),
    }),
  ),
})
export interface ProviderHealthBody {
  readonly process: string
  readonly views: readonly ProviderView[]
}

/** `health.providers`: what a process sees of its providers; every few seconds, and whenever it changes. */
export const providerHealth: Signal<null, ProviderHealthBody> = {
  subject: () => 'health.providers',
  decode: (bytes) => providerHealthBody.parse(json(bytes)),
}

const fanOutMeasuredBody = z.object({
  /** Who tells it. */
  process: z.string(),
  /** What it has done since it told last. */
  recipients: z.int(),
  busyMs: z.number(),
})

/** `fan-out.<tier>`: what a process has written while it was at it; every few seconds, where it has. */
export const fanOutMeasured: Signal<Tier, z.infer<typeof fanOutMeasuredBody>> = {
  subject: (tier) => `fan-out.${tier.toLowerCase()}`,
  decode: (bytes) => fanOutMeasuredBody.parse(json(bytes)),
}

const queuesMeasuredBody = z.array(z.object({ name: z.string(), perSecond: z.number() }))

/** `queues.measured`: how fast queues drain. */
export const queuesMeasured: Signal<undefined, z.infer<typeof queuesMeasuredBody>> = {
  subject: () => 'queues.measured',
  decode: (bytes) => queuesMeasuredBody.parse(json(bytes)),
}

const sheddingToldBody = z.object({
  /** Who tells it; what it told before is void. */
  process: z.string(),
  level: z.enum(sheddingLevels),
  /** Whose deliveries are late. */
  tier: z.enum(urgentTiers),
  since: z.coerce.date(),
  oldestMs: z.number(),
  objectiveMs: z.number(),
})
export interface SheddingToldBody extends z.infer<typeof sheddingToldBody> {}

/** `load.shedding`: how late the deliveries of a tier are, and what is given up for them; every second. */
export const sheddingTold: Signal<undefined, SheddingToldBody> = {
  subject: () => 'load.shedding',
  decode: (bytes) => sheddingToldBody.parse(json(bytes)),
}

export const feedbackStream = 'FEEDBACK'
export const feedbackSubjects = 'feedback.*'

export function notificationsStream(tier: Tier): string {
  return `NOTIFICATIONS_${tier}`
}

export function deliveriesStream(tier: Tier): string {
  return `DELIVERIES_${tier}`
}

export function notificationsSubject(tier: Tier): string {
  return `notifications.${tier.toLowerCase()}`
}

export function deliveriesSubject(tier: Tier, channel: ProviderChannel): string {
  return `deliveries.${tier.toLowerCase()}.${channel.toLowerCase()}`
}

const utf8 = new TextDecoder()

function json(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes))
}
