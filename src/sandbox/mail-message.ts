import { mailText } from './mail-text.ts'
import type { Message } from './provider.ts'

/** A mail as its provider understood it. */
export interface Mail {
  readonly deliveryId: string | null
  readonly providerId: string
  readonly from: string | undefined
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export function mailMessage(to: string, { deliveryId, providerId, from, subject, text, html, headers }: Mail): Message {
  return {
    to,
    deliveryId,
    collapseId: null,
    content: `${subject}\n${text ?? mailText(html ?? '')}`,
    shown: { providerId, from, subject, text, html, unsubscribeUrl: unsubscribeUrl(headers) },
  }
}

/** RFC 8058: only with the second header may a click alone unsubscribe. */
function unsubscribeUrl(headers: Mail['headers']): string | undefined {
  return headers['list-unsubscribe-post'] === 'List-Unsubscribe=One-Click'
    ? /<(https?:[^>\s]+)>/i.exec(headers['list-unsubscribe'] ?? '')?.[1]
    : undefined
}
