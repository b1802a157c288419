import { builder } from './builder.ts'
import { decodeEventsCursor, encodeEventsCursor } from './events-cursor.ts'
import type { InboxEventShape } from './inbox-catch-up.ts'
import { InboxItem } from './inbox-item.ts'
import { InboxStream } from './inbox-stream.ts'
import { Viewer, viewerOf } from './viewer.ts'

type EventOf<Kind extends InboxEventShape['kind']> = Extract<InboxEventShape, { readonly kind: Kind }>

const typeNames: Record<InboxEventShape['kind'], string> = {
  ready: 'InboxReady',
  added: 'InboxItemAdded',
  changed: 'InboxItemsChanged',
  removed: 'InboxItemsRemoved',
  allRead: 'InboxAllRead',
  resync: 'InboxResync',
}

const InboxEvent = builder.interfaceRef<InboxEventShape>('InboxEvent').implement({
  description: 'One change of your inbox. Applying an event twice changes nothing.',
  resolveType: (event) => typeNames[event.kind],
  fields: (t) => ({
    cursor: t.string({
      description: 'To go on from here later: `inboxEvents(after: …)`.',
      resolve: (event) => encodeEventsCursor(event.cursor),
    }),
    unreadCount: t.exposeInt('unread', { description: 'After this change.' }),
    viewer: t.field({ type: Viewer, resolve: ({ userId, unread }) => ({ userId, unread }) }),
  }),
})

builder.objectRef<EventOf<'ready'>>('InboxReady').implement({
  interfaces: [InboxEvent],
  description: 'Always the first event: from here on nothing is missed. Its cursor is `after`, or the newest one.',
})

builder.objectRef<EventOf<'added'>>('InboxItemAdded').implement({
  interfaces: [InboxEvent],
  description: 'An item has come into the inbox.',
  fields: (t) => ({ item: t.expose('item', { type: InboxItem }) }),
})

builder.objectRef<EventOf<'changed'>>('InboxItemsChanged').implement({
  interfaces: [InboxEvent],
  description: 'Items were read, unread, archived or unarchived, here or on another device.',
  fields: (t) => ({
    items: t.field({
      type: [InboxItem],
      description: 'As they are now: at most 100; a bigger change comes in several events.',
      resolve: (event) => [...event.items],
    }),
  }),
})

builder.objectRef<EventOf<'removed'>>('InboxItemsRemoved').implement({
  interfaces: [InboxEvent],
  description: 'Items are gone.',
  fields: (t) => ({ itemIds: t.idList({ resolve: (event) => [...event.itemIds] }) }),
})

builder.objectRef<EventOf<'allRead'>>('InboxAllRead').implement({
  interfaces: [InboxEvent],
  description: 'Every item that was sent until `before` is read, archived ones too.',
  fields: (t) => ({ before: t.expose('before', { type: 'DateTime' }) }),
})

builder.objectRef<EventOf<'resync'>>('InboxResync').implement({
  interfaces: [InboxEvent],
  description: 'What happened since your cursor cannot be told: forget what you have, query again.',
  fields: (t) => ({ reason: t.exposeString('reason') }),
})

builder.subscriptionField('inboxEvents', (t) =>
  t.field({
    type: InboxEvent,
    authScopes: { viewer: true },
    description: 'Your inbox, live: `InboxReady` first, then every change in order.',
    args: {
      after: t.arg.string({
        description:
          'The cursor of an event, or `eventsCursor` of the inbox: what has happened since then comes first.',
      }),
    },
    subscribe: (_root, { after }, { app, principal }) =>
      new InboxStream(app, viewerOf(principal).userId, decodeEventsCursor(after)),
    resolve: (event) => event,
  }),
)
