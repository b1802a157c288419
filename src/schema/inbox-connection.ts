import type { InboxItem as InboxItemShape } from '../domain/inbox-item.ts'
import { isStorableText } from '../domain/json-value.ts'
import type { InboxQuery } from '../store/inbox.ts'
import { installationId } from '../store/installation.ts'
import { builder } from './builder.ts'
import { badArgument, connection, decodeCursor, encodeCursor, type PageArgs, pageSize } from './connection.ts'
import type { App } from './context.ts'
import { encodeEventsCursor } from './events-cursor.ts'
import { InboxItem } from './inbox-item.ts'

interface InboxArgs extends PageArgs {
  readonly unreadOnly: boolean
  readonly category?: string | null | undefined
  readonly archived: boolean
}

type InboxConnectionShape = ReturnType<typeof connection<InboxItemShape>> & { readonly eventsCursor: string }

const InboxEdge = builder.edgeObject({ type: InboxItem, name: 'InboxEdge' })

export const InboxConnection = builder.objectRef<InboxConnectionShape>('InboxConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [InboxEdge], resolve: (inbox) => inbox.edges }),
    nodes: t.field({ type: [InboxItem], resolve: (inbox) => inbox.edges.map((edge) => edge.node) }),
    pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (inbox) => inbox.pageInfo }),
    eventsCursor: t.exposeString('eventsCursor', {
      description: '`inboxEvents(after: …)` from here misses nothing; it may repeat what this answer holds.',
    }),
  }),
})

/** A page of somebody's inbox, newest first. */
export async function inboxConnection(
  userId: string,
  args: InboxArgs,
  { database, broadcasts }: Pick<App, 'database' | 'broadcasts'>,
): Promise<InboxConnectionShape> {
  const first = pageSize(args)
  const beforeSeq = decodeItemCursor(args.after)
  const category = args.category ?? undefined
  if (category !== undefined && !isStorableText(category)) throw badArgument('category', 'must be text without U+0000')
  // A row more than asked for tells whether there is a next page.
  const query = { userId, beforeSeq, unreadOnly: args.unreadOnly, category, archived: args.archived, limit: first + 1 }
  const [{ found, coming }, installation] = await Promise.all([
    broadcasts.ahead(userId, () => database.log.readInboxPage(query)),
    installationId(database),
  ])
  const { head } = found
  const items = [...coming.filter((item) => isAskedFor(item, query)).toReversed(), ...found.items]
  const page = { rows: items.slice(0, first), hasNextPage: items.length > first }
  return {
    ...connection(page, (item) => encodeCursor([`${item.createdSeq}`]), args.after),
    eventsCursor: encodeEventsCursor({ installation, seq: head.seq, createdSeq: head.seq }),
  }
}

/** Whether what is coming belongs on a page: it is new, unread and not archived. */
function isAskedFor(item: InboxItemShape, { beforeSeq, category, archived }: InboxQuery): boolean {
  return beforeSeq === undefined && !archived && (category === undefined || item.category === category)
}

function decodeItemCursor(cursor: string | null | undefined): number | undefined {
  const [seq] = decodeCursor(cursor, 1) ?? []
  if (seq === undefined) return undefined
  if (!/^\d{1,15}$/.test(seq)) throw badArgument('after', 'is not a cursor of an inbox: leave it out to start afresh')
  return Number(seq)
}
