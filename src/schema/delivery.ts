import { deliveryId, parseDeliveryId } from '../domain/ids.ts'
import { channels, type deliveryStates } from '../domain/words.ts'
import type { Attempt as AttemptShape } from '../store/attempts.ts'
import type { Database } from '../store/database.ts'
import {
  type DeliveryFilter,
  type DeliveryPosition,
  type Delivery as DeliveryShape,
  findDelivery,
  listDeliveries,
} from '../store/deliveries.ts'
import { findNotification } from '../store/notifications.ts'
import { listUserDeliveries } from '../store/user-deliveries.ts'
import { builder } from './builder.ts'
import { badArgument, connection, connectionOf, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import { Notification } from './notification.ts'
import { isOwn } from './own.ts'
import { User } from './user.ts'
import { Channel } from './words.ts'

const DeliveryState = builder.enumType('DeliveryState', {
  values: {
    PENDING: { description: 'Waiting for a worker.' },
    DEFERRED: { description: 'Held back until `deferredUntil`, because of `reason`.' },
    SENT: { description: 'A provider accepted it; `IN_APP`: it is in the inbox.' },
    DELIVERED: { description: 'A provider says that it arrived.' },
    UNKNOWN: { description: 'A provider may have accepted it; waiting for evidence.' },
    SUPPRESSED: { description: 'Not sent, because of `reason`.' },
    FAILED: { description: 'Given up on, because of `reason`: it is a dead letter.' },
    EXPIRED: { description: 'Not sent before its notification expired.' },
    CANCELLED: {},
  } satisfies Record<(typeof deliveryStates)[number], object>,
})

const Attempt = builder.objectRef<AttemptShape>('Attempt').implement({
  description: 'One call to a provider. A push makes one for each device.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    provider: t.exposeString('provider'),
    outcome: t.exposeString('outcome', {
      description: '`accepted`, `retryable`, `unknown`, `stale_target`, `suppressed`, `permanent` or `config`.',
    }),
    code: t.exposeString('code', { nullable: true, description: "The provider's own word." }),
    latencyMs: t.exposeInt('latencyMs'),
  }),
})

/** A delivery whose attempts may have been read along with those of its neighbours. */
interface DeliveryNode extends DeliveryShape {
  readonly attempts: Promise<readonly AttemptShape[]>
}

const Delivery = builder.objectRef<DeliveryNode>('Delivery')

builder.node(Delivery, {
  id: { resolve: (delivery) => deliveryId(delivery) },
  authScopes: { caller: true },
  description: 'One notification on one channel to one recipient.',
  loadOne: async (id, { app, principal }) => {
    const key = parseDeliveryId(id)
    const notification = key && (await findNotification(app.database.pool, key.notificationId))
    if (!key || !notification || !isOwn(principal, notification)) return null
    const delivery = await findDelivery(app.database, key)
    return delivery && withAttempts(app.database.log, [delivery])[0]
  },
  fields: (t) => ({
    notificationId: t.exposeID('notificationId'),
    recipientId: t.exposeID('recipientId'),
    channel: t.expose('channel', { type: Channel }),
    state: t.expose('state', { type: DeliveryState }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why it is in this state: `no_address`, `hard_stop`, `opted_out`, `expired`, `read_in_inbox`, `stale_target`, `bounced`, `redriven` …',
    }),
    deferredUntil: t.expose('deferredUntil', { type: 'DateTime', nullable: true }),
    provider: t.exposeString('provider', { nullable: true, description: 'The last one tried.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    attempts: t.field({
      type: [Attempt],
      description: 'Oldest first.',
      resolve: async (delivery) => [...(await delivery.attempts)],
    }),
  }),
})

const DeliveryConnection = connectionOf('Delivery', Delivery)

builder.objectField(Notification, 'deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'In no promised order.',
    args: {
      recipientId: t.arg.id(),
      channel: t.arg({ type: Channel }),
      state: t.arg({ type: DeliveryState }),
      ...pageArgs(t.arg),
    },
    resolve: async ({ id }, args, { app: { database } }) => {
      const limit = pageSize(args)
      const listed = await listDeliveries(database, id, filterOf(args), positionOf(args.after), limit + 1)
      const rows = listed.slice(0, limit)
      const nodes = withAttempts(
        database.log,
        rows.map(({ delivery }) => delivery),
      )
      const cursors = new Map(nodes.map((node, index) => [node, cursorOf(rows[index]?.position)]))
      return connection(
        { rows: nodes, hasNextPage: listed.length > limit },
        (node) => cursors.get(node) ?? '',
        args.after,
      )
    },
  }),
)

builder.objectField(User, 'deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'Newest first, on all channels.',
    args: pageArgs(t.arg),
    resolve: async ({ userId }, args, { app: { database } }) => {
      const limit = pageSize(args)
      const [notificationId, channel] = decodeCursor(args.after, 2) ?? []
      const after = notificationId && channel ? { notificationId, channel } : undefined
      const rows = await listUserDeliveries(database, userId, after, limit + 1)
      return connection(
        { rows: withAttempts(database.log, rows.slice(0, limit)), hasNextPage: rows.length > limit },
        (delivery) => encodeCursor([delivery.notificationId, delivery.channel]),
        args.after,
      )
    },
  }),
)

/** Reads the attempts of all of them at once, when the first one is asked for its own. */
function withAttempts(log: Database['log'], deliveries: readonly DeliveryShape[]): DeliveryNode[] {
  let all: Promise<readonly (readonly AttemptShape[])[]> | undefined
  return deliveries.map((delivery, index) => ({
    ...delivery,
    get attempts() {
      all ??= log.readAttempts(deliveries)
      return all.then((each) => each[index] ?? [])
    },
  }))
}

function filterOf(args: {
  readonly recipientId?: string | null | undefined
  readonly channel?: DeliveryFilter['channel'] | null
  readonly state?: DeliveryFilter['state'] | null
}): DeliveryFilter {
  return {
    recipientId: args.recipientId ?? undefined,
    channel: args.channel ?? undefined,
    state: args.state ?? undefined,
  }
}

function cursorOf(position: DeliveryPosition | undefined): string {
  return position === undefined ? '' : encodeCursor([`${position.page}`, position.recipientId, position.channel])
}

function positionOf(cursor: string | null | undefined): DeliveryPosition | undefined {
  const words = decodeCursor(cursor, 3)
  if (words === undefined) return undefined
  const [page, recipientId, word] = words
  const channel = channels.find((each) => each === word)
  if (recipientId === undefined || channel === undefined || !/^\d{1,9}$/.test(page ?? '')) {
    throw badArgument('after', 'is not a cursor of this list: leave it out to start afresh')
  }
  return { page: Number(page), recipientId, channel }
}
