import type { Filter } from './ledger-index.ts'
import type { Row } from './row.ts'
import { segments } from './segments.ts'

export interface TwilioMessage {
  readonly accountSid: string
  readonly sid: string
  readonly to: string
  readonly from: string | null
  readonly serviceSid: string | null
  readonly body: string
  readonly status: string
  readonly created: Date
  /** null: it is still queued. */
  readonly sent: Date | null
}

/** Twilio's Message resource. */
export function messageResource(message: TwilioMessage): unknown {
  const { accountSid, sid, created, sent } = message
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(created),
    date_sent: sent && rfc2822(sent),
    date_updated: rfc2822(sent ?? created),
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: message.from,
    messaging_service_sid: message.serviceSid,
    num_media: '0',
    num_segments: String(segments(message.body)),
    price: null,
    price_unit: 'USD',
    sid,
    status: message.status,
    subresource_uris: { media: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}/Media.json` },
    to: message.to,
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
  }
}

/** What `GET …/Messages.json` asks for, as far as the ledger can be asked for it. */
export function listFilter(query: URLSearchParams): Filter {
  const since = instant(query.get('DateSent>'))
  return { provider: 'twilio', to: query.get('To') ?? undefined, sinceMs: since?.getTime() }
}

/** A page of the list, newest first. */
export function listAnswer(rows: readonly Row[], query: URLSearchParams, accountSid: string): unknown {
  const [size, page] = [Math.min(wholeNumber(query.get('PageSize'), 50), 1000), wholeNumber(query.get('Page'), 0)]
  const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`
  const uriOf = (number: number) => `${path}?${withPage(query, number, size)}`
  const found = rows.filter((row) => isAskedFor(row, query)).toReversed()
  const messages = found.slice(page * size, (page + 1) * size)
  const isLast = found.length <= (page + 1) * size
  return {
    first_page_uri: uriOf(0),
    next_page_uri: isLast ? null : uriOf(page + 1),
    previous_page_uri: page === 0 ? null : uriOf(page - 1),
    uri: uriOf(page),
    page,
    page_size: size,
    start: page * size,
    end: Math.max(page * size + messages.length - 1, 0),
    messages: messages.map((row) => messageResource(toMessage(row, accountSid))),
  }
}

function isAskedFor({ at, from }: Row, query: URLSearchParams): boolean {
  const [until, day] = [instant(query.get('DateSent<')), query.get('DateSent')]
  return (
    (until === undefined || new Date(at) <= until) &&
    (day === null || at.startsWith(day.slice(0, 10))) &&
    (query.get('From') ?? from) === from
  )
}

function toMessage({ at, providerId, to, from: sender, content }: Row, accountSid: string): TwilioMessage {
  const from = sender ?? null
  const isService = from?.startsWith('MG') ?? false
  const created = new Date(at)
  return {
    accountSid,
    sid: providerId,
    to,
    from: isService ? null : from,
    serviceSid: isService ? from : null,
    body: content,
    status: 'sent',
    created,
    sent: created,
  }
}

function withPage(query: URLSearchParams, page: number, size: number): URLSearchParams {
  const copy = new URLSearchParams(query)
  copy.set('PageSize', String(size))
  copy.set('Page', String(page))
  return copy
}

/** Dates without a time are midnight, in GMT. */
function instant(text: string | null): Date | undefined {
  const at = new Date(text ?? '')
  return Number.isNaN(at.getTime()) ? undefined : at
}

function wholeNumber(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : otherwise
}

/** As every date of this API. */
function rfc2822(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000')
}
