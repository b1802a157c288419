import type { Request } from './senders.ts'

export type BadWebhook = readonly [what: string, status: number, call: Request]

/** What is made of a good webhook of a provider, and of one of two hours ago, to be refused; with the status for it. */
export function badWebhooks(provider: string, good: Request, old: Request): readonly BadWebhook[] {
  const { 'content-type': _, ...headers } = good.headers
  return [
    ['unsigned', 401, withoutSignature(good)],
    ['wrongly signed', 401, withWrongSignature(good)],
    // Twilio signs no time: what comes again is known by its message.
    ...(provider === 'twilio' ? [] : [['replayed', 401, old] as const]),
    ['oversized', 413, { ...asPost(good), body: 'x'.repeat(3 * 1024 ** 2) }],
    ['not JSON', 400, { ...asPost(good), headers: { ...headers, 'content-type': 'application/xml' }, body: '<a/>' }],
    ['by another method', 405, { ...good, method: 'PUT' }],
  ]
}

/** Twilio and SendGrid sign in a header, Vonage in the query, SNS in the body. */
function withoutSignature(call: Request): Request {
  return changed(call, () => '')
}

export function withWrongSignature(call: Request): Request {
  return changed(call, (signature) => (signature.startsWith('0') ? '1' : '0') + signature.slice(1))
}

function changed(call: Request, change: (signature: string) => string): Request {
  const headers = Object.fromEntries(
    Object.entries(call.headers).map(([name, value]) => [name, name.endsWith('-signature') ? change(value) : value]),
  )
  const path = call.path.replace(/sig=(\w+)/, (_, signature: string) => `sig=${change(signature)}`)
  const body = call.body.replace(
    /"Signature":"([^"]+)"/,
    (_, signature: string) => `"Signature":"${change(signature)}"`,
  )
  return { ...call, headers, path, body }
}

/** Vonage sends by GET, and may by POST. */
function asPost(call: Request): Request {
  return { ...call, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...call.headers } }
}
