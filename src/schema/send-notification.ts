import { ulid } from 'ulid'
import { chooseFanOut, type FanOut } from '../domain/fan-out.ts'
import { notificationId } from '../domain/ids.ts'
import { leaseMs } from '../domain/notification.ts'
import type { Routing as RoutingWord } from '../domain/words.ts'
import { IdempotencyConflict, InvalidInput, Overloaded } from '../errors.ts'
import { readActorFacts } from '../store/fan-out-thresholds.ts'
import { type Accepted, acceptNotification, type NewNotification } from '../store/notifications.ts'
import { ActionInput } from './action-input.ts'
import { AudienceInput } from './audience-input.ts'
import { builder } from './builder.ts'
import { asBulk, bulkTier } from './bulk.ts'
import type { App, Context } from './context.ts'
import { handOn } from './hand-on.ts'
import { idempotencyOf } from './idempotency.ts'
import { Notification } from './notification.ts'
import { callerOf } from './own.ts'
import type { SendRequest } from './send-problems.ts'
import { chosenChannels, deadline, type ValidRequest, validRequest } from './valid-request.ts'
import { Channel, Routing, Tier } from './words.ts'

const SendNotificationPayload = builder.objectRef<Accepted>('SendNotificationPayload').implement({
  fields: (t) => ({
    notification: t.expose('notification', { type: Notification }),
    replayed: t.exposeBoolean('replayed', {
      description: 'True: this answer was given before for this idempotency key; nothing new was sent.',
    }),
  }),
})

const RichPushInput = builder.inputType('RichPushInput', {
  description: "Over the template's own, for pushes only.",
  fields: (t) => ({ imageUrl: t.string(), deepLink: t.string(), actions: t.field({ type: [ActionInput] }) }),
})

export const SendNotificationInput = builder.inputType('SendNotificationInput', {
  fields: (t) => ({
    idempotencyKey: t.string({
      description:
        'Sent twice with the same key and body within 24 hours, it is made once. Or the header Idempotency-Key.',
    }),
    template: t.string({ required: true }),
    tier: t.field({ type: Tier, description: "If given, it must be the template's." }),
    category: t.string({ description: "If given, it must be the template's." }),
    data: t.field({
      type: 'JSON',
      description: "What the template's texts speak of; checked against its data schema.",
    }),
    audience: t.field({ type: AudienceInput, required: true }),
    channels: t.field({ type: [Channel], description: 'Default: all that the template has.' }),
    routing: t.field({ type: Routing, required: true, defaultValue: 'EVERY' }),
    sendAt: t.field({ type: 'DateTime', description: 'At most one year ahead; default: now.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Default, from sendAt or now: TRANSACTIONAL 10 minutes, SOCIAL 24 hours, MARKETING 72 hours.',
    }),
    collapseKey: t.string({ description: 'A newer push with this key replaces the older one where it can.' }),
    push: t.field({ type: RichPushInput }),
  }),
})

builder.mutationField('sendNotification', (t) =>
  t.field({
    type: SendNotificationPayload,
    errors: {
      types: [InvalidInput, IdempotencyConflict, Overloaded],
      union: { name: 'SendNotificationResult' },
    },
    authScopes: { caller: true },
    description: 'Accepts a notification: once answered, it is never lost.',
    args: { input: t.arg({ type: SendNotificationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const tier = await bulkTier(input, context)
      return tier === undefined ? accept(context) : asBulk(context, tier, accept)

      async function accept(context: Context): Promise<Accepted> {
        const { app } = context
        const valid = await validRequest(input, context, app.now())
        const request = newNotification(input, valid, await fanOutOf(valid, app), context)
        const accepted = await acceptNotification(app.database.pool, request, idempotencyOf(input, context))
        if (!accepted.replayed && request.state === 'ACCEPTED') handOn(accepted.notification, app)
        return accepted
      }
    },
  }),
)

async function fanOutOf({ audience, template }: ValidRequest, { database, fanOutThreshold }: App): Promise<FanOut> {
  if (!('followersOf' in audience)) return 'WRITE'
  const facts = await readActorFacts(database.pool, audience.followersOf, template.tier)
  const threshold = fanOutThreshold ?? facts.threshold
  return chooseFanOut({ ...facts, threshold, audience, isSensitive: template.sensitive })
}

function newNotification(
  input: SendRequest & { readonly routing: RoutingWord },
  { template, audience }: ValidRequest,
  fanOut: FanOut,
  { app, principal }: Context,
): NewNotification {
  const now = app.now()
  const sendAt = input.sendAt ?? null
  const data = input.data ?? {}
  return {
    id: notificationId(ulid(now.getTime())),
    callerId: callerOf(principal).id,
    tier: template.tier,
    category: template.category,
    template: template.name,
    templateVersion: template.version,
    data: template.sensitive ? null : data,
    secret: template.sensitive ? app.cipher.encrypt(JSON.stringify(data)) : null,
    audience,
    fanOut,
    channels: chosenChannels(input, template),
    routing: input.routing,
    collapseKey: input.collapseKey ?? null,
    push: input.push ?? null,
    state: sendAt === null ? 'ACCEPTED' : 'SCHEDULED',
    createdAt: now,
    sendAt,
    expiresAt: deadline(input, template, now),
    dueAt: sendAt ?? new Date(now.getTime() + leaseMs(0)),
  }
}
