import type { Exchange } from '../exchange.ts'
import { listAt, parseJson, textAt } from '../json.ts'
import type { Finding, SmsMessage } from '../provider.ts'

/*
 * Twilio's list of the messages to a number, newest first: whether one of them is ours. reference/providers.md, section 5.
 */

const pageSize = 100

/** Twilio's clock and ours differ, and its dates have no fractions of seconds. */
const clockMs = 5000

/** Not by DateSent, which the list can be asked by: a message that is still queued has none. */
export function messagesPath(accountSid: string, { to }: Pick<SmsMessage, 'to'>): string {
  return `/2010-04-01/Accounts/${accountSid}/Messages.json?${new URLSearchParams({ To: to, PageSize: `${pageSize}` })}`
}

/** Number, text and time tell which ones it may be: Twilio lists nothing else of what we have said. */
export function findingOf(exchange: Exchange, { to, content }: SmsMessage, since: Date): Finding {
  if (exchange.kind !== 'answered' || exchange.status !== 200) return { kind: 'unavailable' }
  const json = parseJson(exchange.body)
  if (textAt(json, 'first_page_uri') === undefined) return { kind: 'unavailable' }
  const messages = listAt(json, 'messages')
  const recent = messages.filter((message) => createdMs(message) >= since.getTime() - clockMs)
  const alike = recent.filter((message) => textAt(message, 'to') === to && textAt(message, 'body') === content.body)
  const messageIds = alike.flatMap((message) => textAt(message, 'sid') ?? [])
  if (messageIds.length > 0) return { kind: 'found', messageIds }
  // A page full of younger ones: ours may be on the next.
  return { kind: recent.length >= pageSize ? 'unavailable' : 'absent' }
}

function createdMs(message: unknown): number {
  return Date.parse(textAt(message, 'date_created') ?? '')
}
