import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { inboxItemId } from '../domain/ids.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { encodeEventsCursor } from '../schema/events-cursor.ts'
import type { InboxEventShape } from '../schema/inbox-catch-up.ts'
import { userNodeId } from '../schema/node-ids.ts'
import { Lru } from '../store/lru.ts'
import { textOfResult } from './text-of-result.ts'

export type Execute = () => ExecutionResult | Promise<ExecutionResult>

/** The results of one operation for "an item was added", where what is the viewer's own in them is known. */
export interface AddedItems {
  /** The result for an item that is the same as the last viewer's, as nearly all are of a notification to many. */
  again(event: InboxEventShape): string | undefined
  /** The result, as JSON, where the same item was there for another viewer before; else undefined. */
  textOf(event: InboxEventShape, execute: Execute): string | Promise<string> | undefined
}

type Added = Extract<InboxEventShape, { readonly kind: 'added' }>

/** What differs between viewers, in the words of the schema's own resolvers. */
const own: Readonly<Record<string, Readonly<Record<string, (event: Added) => unknown>>>> = {
  InboxItemAdded: {
    cursor: ({ cursor }) => encodeEventsCursor(cursor),
    unreadCount: ({ unread }) => unread,
  },
  InboxItem: { id: ({ item }) => inboxItemId(item) },
  Viewer: {
    id: ({ userId }) => userNodeId(userId),
    userId: ({ userId }) => userId,
    unreadCount: ({ unread }) => unread,
  },
}

/** What is in the item, or in nobody's hands. Whatever is neither here nor there is executed for each viewer. */
const common: Readonly<Record<string, ReadonlySet<string>>> = {
  InboxItemAdded: new Set(['__typename']),
  InboxItem: new Set([
    '__typename',
    'notificationId',
    'tier',
    'category',
    'title',
    'body',
    'imageUrl',
    'deepLink',
    'actions',
    'data',
    'sentAt',
    'readAt',
    'archivedAt',
  ]),
  Viewer: new Set(['__typename']),
}

const within: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  InboxItemAdded: { item: 'InboxItem', viewer: 'Viewer' },
}

interface Hole {
  /** Response names, from the data on. */
  readonly path: readonly string[]
  readonly read: (event: Added) => unknown
}

/** An item as some viewers have got it: the text of its result, cut where something is a viewer's own. */
interface Seen {
  readonly item: InboxItem
  /** Made when the item comes a second time: most come once. null: it cannot be made. */
  cut: Cut | Promise<Cut | null> | null | undefined
}

interface Cut {
  readonly pieces: readonly string[]
  readonly holes: readonly Hole[]
}

const notificationsKept = 100
/** Languages, mostly. What is worded for each recipient is not worth keeping. */
const wordingsKept = 4

/** undefined: the operation asks for something that has to be looked up for each viewer. */
export function addedItems(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): AddedItems | undefined {
  const found = holesOf(schema, document, operation, variables)
  return found && writtenOnce(found)
}

function writtenOnce(holes: readonly Hole[]): AddedItems {
  const seen = new Lru<string, readonly Seen[]>(notificationsKept)

  /** Most viewers get the same as the one before. */
  let last: Seen | undefined

  function cutOf({ item }: Added, execute: Execute): Seen['cut'] {
    const wordings = seen.get(item.notificationId) ?? []
    const found = wordings.find((each) => isSame(each.item, item))
    last = found
    if (found === undefined) {
      seen.set(item.notificationId, [{ item, cut: undefined }, ...wordings.slice(0, wordingsKept - 1)])
      return undefined
    }
    if (found.cut === undefined) {
      const result = execute()
      const cutting =
        result instanceof Promise
          ? result.then(
              (made) => {
                found.cut = cutAt(made, holes)
                return found.cut
              },
              () => null,
            )
          : cutAt(result, holes)
      found.cut = cutting
    }
    return found.cut
  }

  return {
    again(event) {
      if (event.kind !== 'added' || !last?.cut || last.cut instanceof Promise) return undefined
      return isSame(last.item, event.item) ? filled(last.cut, event) : undefined
    },
    textOf(event, execute) {
      if (event.kind !== 'added') return undefined
      const cut = cutOf(event, execute)
      if (!(cut instanceof Promise)) return cut ? filled(cut, event) : undefined
      return cut.then(async (made) => (made ? filled(made, event) : textOfResult(await execute())))
    },
  }
}

function filled({ pieces, holes }: Cut, event: Added): string {
  let text = pieces[0] ?? ''
  for (let n = 0; n < holes.length; n++) text += JSON.stringify(holes[n]?.read(event)) + pieces[n + 1]
  return text
}

function holesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly Hole[] | undefined {
  const fragments: Record<string, FragmentDefinitionNode> = Object.fromEntries(
    document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  )
  const root = schema.getSubscriptionType()
  if (!root) return undefined
  const holes: Hole[] = []

  /** False: there is something that is not known here. */
  function visit(type: GraphQLObjectType, fields: Iterable<[string, readonly FieldNode[]]>, at: readonly string[]) {
    for (const [key, nodes] of fields) {
      const name = nodes[0]?.name.value ?? ''
      const path = [...at, key]
      const read = own[type.name]?.[name]
      const inner = schema.getType(within[type.name]?.[name] ?? '')
      if (read) holes.push({ path, read })
      else if (isObjectType(inner)) {
        if (!visit(inner, collectSubfields(schema, fragments, { ...variables }, inner, [...nodes]), path)) return false
      } else if (!common[type.name]?.has(name)) return false
    }
    return true
  }

  const added = schema.getType('InboxItemAdded')
  const [field, ...others] = collectFields(schema, fragments, { ...variables }, root, operation.selectionSet)
  if (field === undefined || others.length > 0 || field[1][0]?.name.value !== 'inboxEvents') return undefined
  if (!isObjectType(added)) return undefined
  const [key, nodes] = field
  return visit(added, collectSubfields(schema, fragments, { ...variables }, added, nodes), [key]) ? holes : undefined
}

/** Marks of which no text that anybody sends can have one. */
const mark = randomUUID()

/** Changes the data, which nobody else has. null: there is an error in it, which is for nobody else. */
function cutAt({ data, errors }: ExecutionResult, holes: readonly Hole[]): Cut | null {
  if (errors !== undefined) return null
  for (const [n, { path }] of holes.entries()) put(data, path, `${mark}${n}.`)
  const pieces: string[] = []
  const inOrder: Hole[] = []
  let rest = JSON.stringify({ data })
  for (let at = rest.indexOf(`"${mark}`); at >= 0; at = rest.indexOf(`"${mark}`)) {
    const end = rest.indexOf('."', at)
    const hole = holes[Number(rest.slice(at + 1 + mark.length, end))]
    if (hole === undefined) throw new Error('A result was cut at a place that is none.')
    inOrder.push(hole)
    pieces.push(rest.slice(0, at))
    rest = rest.slice(end + 2)
  }
  return { pieces: [...pieces, rest], holes: inOrder }
}

function put(target: unknown, [key = '', ...path]: readonly string[], value: unknown): void {
  if (typeof target !== 'object' || target === null) throw new Error('A result has not the shape of its operation.')
  if (path.length === 0) Reflect.set(target, key, value)
  else put(Reflect.get(target, key), path, value)
}

function isSame(one: InboxItem, other: InboxItem): boolean {
  return (
    one.notificationId === other.notificationId &&
    one.title === other.title &&
    one.body === other.body &&
    one.category === other.category &&
    one.tier === other.tier &&
    one.imageUrl === other.imageUrl &&
    one.deepLink === other.deepLink &&
    one.sentAt.getTime() === other.sentAt.getTime() &&
    one.readAt?.getTime() === other.readAt?.getTime() &&
    one.archivedAt?.getTime() === other.archivedAt?.getTime() &&
    isSameJson(one.actions, other.actions) &&
    isSameJson(one.data, other.data)
  )
}

/** Most have none: comparing deeply costs more than the rest together. */
function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other) && one.length === 0 && other.length === 0) return true
  return isDeepStrictEqual(one, other)
}
