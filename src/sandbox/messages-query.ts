import type { Filter } from './ledger-index.ts'

/** A filter, or for each wrong parameter the sentence that says what it must be. */
export type ParsedQuery =
  | { readonly filter: Filter; readonly fields: null }
  | { readonly filter: null; readonly fields: Readonly<Record<string, string>> }

const known = ['channel', 'provider', 'recipientId', 'notificationId', 'since', 'limit']

export function parseMessagesQuery(query: URLSearchParams): ParsedQuery {
  const given = (name: string) => query.get(name) || undefined
  const [since, limit] = [given('since'), given('limit')]
  const sinceMs = since === undefined ? undefined : Date.parse(since)
  const fields = {
    ...(Number.isNaN(sinceMs) ? { since: 'must be an RFC 3339 date and time' } : {}),
    ...(limit !== undefined && !/^\d{1,9}$/.test(limit) ? { limit: 'must be a whole number' } : {}),
    ...Object.fromEntries(
      [...query.keys()].filter((key) => !known.includes(key)).map((key) => [key, `is not one of ${known.join(', ')}`]),
    ),
  }
  if (Object.keys(fields).length > 0) return { filter: null, fields }
  const filter = {
    channel: given('channel')?.toUpperCase(),
    provider: given('provider')?.toLowerCase(),
    recipientId: given('recipientId'),
    notificationId: given('notificationId'),
    sinceMs,
    limit: limit === undefined ? undefined : Number(limit),
  }
  return { filter, fields: null }
}
