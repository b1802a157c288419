import type { ArgBuilder, ObjectRef } from '@pothos/core'
import { GraphQLError } from 'graphql'
import { isStorableText } from '../domain/json-value.ts'
import { builder, type Types } from './builder.ts'

/** One page of a keyset query: rows in order, and whether there are more behind them. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly hasNextPage: boolean
}

export interface PageArgs {
  readonly first: number
  readonly after?: string | null | undefined
}

const maxPageSize = 100

/** `first` and `after`, as every list has them. */
export function pageArgs(t: ArgBuilder<Types>) {
  return {
    first: t.int({ required: true, defaultValue: 20, description: `How many: 1 to ${maxPageSize}.` }),
    after: t.string({ description: 'The cursor to go on from: `pageInfo.endCursor` of the page before.' }),
  }
}

/** Checks `first`; the cursor is checked by whoever decodes it. */
export function pageSize({ first }: PageArgs): number {
  if (first < 1 || first > maxPageSize) throw badArgument('first', `must be 1 to ${maxPageSize}, not ${first}`)
  return first
}

/** An argument outside of `input` that cannot be used. */
export function badArgument(argument: string, problem: string): GraphQLError {
  return new GraphQLError(`Argument "${argument}" ${problem}.`, { extensions: { code: 'BAD_USER_INPUT', argument } })
}

/** Cursors are opaque: the words of a key, in order. */
export function encodeCursor(words: readonly string[]): string {
  return Buffer.from(JSON.stringify(words)).toString('base64url')
}

/** The words of a cursor of ours with that many of them; anything else is BAD_USER_INPUT. */
export function decodeCursor(cursor: string | null | undefined, count: number): readonly string[] | undefined {
  if (cursor === null || cursor === undefined) return undefined
  const words = parseWords(cursor)
  if (words?.length !== count) throw badArgument('after', 'is not a cursor of this list: leave it out to start afresh')
  return words
}

/** The types `<Name>Connection` and `<Name>Edge` of a node. */
export function connectionOf<T>(name: string, node: ObjectRef<Types, T>) {
  return builder.connectionObject({ type: node, name: `${name}Connection` }, { name: `${name}Edge` })
}

/** What a connection resolves to. */
export function connection<T>({ rows, hasNextPage }: Page<T>, cursorOf: (row: T) => string, after?: string | null) {
  const [first] = rows
  const last = rows.at(-1)
  return {
    edges: rows.map((node) => new Edge(node, cursorOf)),
    pageInfo: {
      hasNextPage,
      hasPreviousPage: typeof after === 'string',
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
    },
  }
}

/** Makes its cursor when somebody asks for it: most ask for the one at the end only. */
class Edge<T> {
  readonly node: T
  readonly #cursorOf: (row: T) => string

  constructor(node: T, cursorOf: (row: T) => string) {
    this.node = node
    this.#cursorOf = cursorOf
  }

  get cursor(): string {
    return this.#cursorOf(this.node)
  }
}

function parseWords(cursor: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(words) && words.every(isWord) ? words : undefined
  } catch {
    return undefined
  }
}

/** A hand-made cursor may hold what PostgreSQL refuses. */
function isWord(word: unknown): word is string {
  return typeof word === 'string' && isStorableText(word)
}
