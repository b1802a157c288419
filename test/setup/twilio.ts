import { randomBytes } from 'node:crypto'
import { twilioSignature } from '../../src/sandbox/twilio-signature.ts'

export const authToken = '0123456789abcdef0123456789abcdef'
/** Where Twilio believes the gateway to be: a proxy stands between. */
export const publicUrl = 'https://carillon.example.com/notifications'

export function aMessageSid(): string {
  return `SM${randomBytes(16).toString('hex')}`
}

export interface Webhook {
  readonly form: Readonly<Record<string, string>>
  readonly query?: string
  readonly signature?: string | undefined
  readonly contentType?: string
}

/** What Twilio would send to a gateway; resolves with the status and the body of the answer. */
export async function sendWebhook(gatewayUrl: string, webhook: Webhook): Promise<readonly [number, string]> {
  const path = `/webhooks/twilio${webhook.query ?? ''}`
  const form = new URLSearchParams(webhook.form)
  const signature = 'signature' in webhook ? webhook.signature : twilioSignature(authToken, publicUrl + path, form)
  const response = await fetch(gatewayUrl + path, {
    method: 'POST',
    headers: {
      'content-type': webhook.contentType ?? 'application/x-www-form-urlencoded',
      ...(signature === undefined ? {} : { 'x-twilio-signature': signature }),
    },
    body: form.toString(),
  })
  return [response.status, await response.text()]
}
