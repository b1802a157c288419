import { createHmac } from 'node:crypto'

/** https://www.twilio.com/docs/usage/security: the address, then names and values, sorted by name. */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  const values = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value)
  return createHmac('sha1', authToken)
    .update([url, ...values].join(''))
    .digest('base64')
}
