import type { DeadLetterKey } from '../domain/ids.ts'

/** Which dead letters are meant: those for which all of it is true. */
export interface DeadLetterFilter {
  readonly keys?: readonly DeadLetterKey[] | undefined
  readonly notificationId?: string | undefined
  readonly provider?: string | undefined
  readonly reason?: string | undefined
}

/** Appends a value to those of a statement and names it: "$1". */
export type NextValue = (value: unknown) => string

export function nextValue(values: unknown[]): NextValue {
  return (value) => `$${values.push(value)}`
}

/**
 * What a filter demands of a row `d` of `dead_letter`. What is not asked for is not in the text, so that each combination
 * is planned with its own index.
 */
export function conditionsOf(filter: DeadLetterFilter, next: NextValue): readonly string[] {
  const { keys, notificationId, provider, reason } = filter
  return [
    ...(keys === undefined ? [] : [`(d.notification_id, d.recipient_id, d.channel) IN (${keysSql(keys, next)})`]),
    ...(notificationId === undefined ? [] : [`d.notification_id = ${next(notificationId)}`]),
    ...(provider === undefined ? [] : [`d.provider = ${next(provider)}`]),
    ...(reason === undefined ? [] : [`d.reason = ${next(reason)}`]),
  ]
}

/** The primary keys of these letters, as a subquery. */
export function keysSql(keys: readonly DeadLetterKey[], next: NextValue): string {
  const columns = [
    keys.map(({ notificationId }) => notificationId),
    keys.map(({ recipientId }) => recipientId ?? ''),
    keys.map(({ channel }) => channel ?? ''),
  ]
  return `SELECT * FROM unnest(${columns.map((column) => `${next(column)}::text[]`).join(', ')})`
}

export const newestFirst = 'd.at DESC, d.notification_id DESC, d.recipient_id DESC, d.channel DESC'
