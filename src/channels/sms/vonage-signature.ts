import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { textAt } from '../json.ts'

/*
 * How Vonage signs what it sends: reference/providers.md, section 6; "Signing Messages" and "Webhooks" of its guides.
 */

export type Verdict = 'signed' | 'unsigned' | 'stale'

const replayWindowMs = 10 * 60_000

/** By the length of the signature: the account chooses among these. Of 32 digits both are tried. */
const methods: Readonly<Record<number, readonly ((text: string, secret: string) => string)[]>> = {
  32: [
    (text, secret) =>
      createHash('md5')
        .update(text + secret)
        .digest('hex'),
    hmac('md5'),
  ],
  40: [hmac('sha1')],
  64: [hmac('sha256')],
  128: [hmac('sha512')],
}

/** Checks the parameter `sig` over all the others, of the SMS API. `timestamp` is among them. */
export function checkVonageSig(secret: string, values: Readonly<Record<string, string>>, now: Date): Verdict {
  const { sig = '', ...signed } = values
  const text = Object.keys(signed)
    .toSorted()
    .map((name) => `&${name}=${(signed[name] ?? '').replaceAll(/[&=]/g, '_')}`)
    .join('')
  const isSigned = (methods[sig.length] ?? []).some((method) => isSame(method(text, secret), sig.toLowerCase()))
  if (!isSigned) return 'unsigned'
  return isRecent(Number(signed['timestamp']) * 1000, now) ? 'signed' : 'stale'
}

/** Checks the token of the header Authorization (HS256), which has to be of exactly this body. */
export async function checkVonageToken(secret: string, token: string, body: Buffer, now: Date): Promise<Verdict> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      currentDate: now,
    })
    const digest = createHash('sha256').update(body).digest('hex')
    if (!isSame(digest, textAt(payload, 'payload_hash') ?? '')) return 'unsigned'
    return isRecent(Number(payload.iat) * 1000, now) ? 'signed' : 'stale'
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'stale'
    if (error instanceof errors.JOSEError) return 'unsigned'
    throw error
  }
}

/** What has no time can be sent again for ever: it is never recent. */
function isRecent(sentMs: number, now: Date): boolean {
  return Math.abs(now.getTime() - sentMs) <= replayWindowMs
}

function hmac(algorithm: string) {
  return (text: string, secret: string) => createHmac(algorithm, secret).update(text).digest('hex')
}

function isSame(ours: string, given: string): boolean {
  const [left, right] = [Buffer.from(ours), Buffer.from(given)]
  return left.length === right.length && timingSafeEqual(left, right)
}
