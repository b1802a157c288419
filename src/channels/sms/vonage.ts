import { createHash } from 'node:crypto'
import { gsm7Units } from '../../domain/gsm7.ts'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { Provider, SmsMessage } from '../provider.ts'
import { vonageOutcome } from './vonage-outcome.ts'

export interface VonageSettings extends HttpSettings {
  readonly apiKey: string
  readonly apiSecret: string
  /** A number of ours, or up to eleven letters and digits. */
  readonly from: string
  /** Where Vonage reports what became of a message: at most 100 characters. */
  readonly callbackUrl?: string | undefined
}

const leastTtlMs = 20_000
/** As long as Vonage tries by itself. */
const greatestTtlMs = 72 * 3_600_000
const greatestReference = 100

/** The SMS API itself: its SDK has no timeout, and throws away what a refusal says. */
export function openVonage(settings: VonageSettings): Provider<SmsMessage> {
  const http = openHttp(settings)
  const headers = {
    authorization: `Basic ${Buffer.from(`${settings.apiKey}:${settings.apiSecret}`).toString('base64')}`,
    'content-type': 'application/json',
    accept: 'application/json',
  }
  return {
    name: 'vonage',
    async attempt(message, signal) {
      const body = JSON.stringify(parameters(message, settings, new Date()))
      const exchange = await http.post({ path: '/sms/json', headers, body }, signal)
      return exchange.kind === 'answered' ? vonageOutcome(exchange, new Date()) : withoutAnswer(exchange)
    },
    close: () => http.close(),
  }
}

function parameters({ deliveryId, to, content, expiresAt }: SmsMessage, settings: VonageSettings, now: Date) {
  const leftMs = expiresAt.getTime() - now.getTime()
  return {
    from: settings.from,
    to: to.replace(/^\+/, ''),
    text: content.body,
    // Sent as "text", a character that GSM-7 has not would arrive as a question mark.
    type: gsm7Units(content.body) === undefined ? 'unicode' : 'text',
    ttl: Math.min(Math.max(leftMs, leastTtlMs), greatestTtlMs),
    'client-ref': reference(deliveryId),
    ...(settings.callbackUrl === undefined ? {} : { 'status-report-req': true, callback: settings.callbackUrl }),
  }
}

/**
 * What receipts name. Neither a reference nor a callback address may have more than 100 characters: the id of a user
 * whose own has more than 65 goes out hashed, and can be recognised but not read back.
 */
function reference(deliveryId: string): string {
  return deliveryId.length <= greatestReference
    ? deliveryId
    : createHash('sha256').update(deliveryId).digest('base64url')
}
