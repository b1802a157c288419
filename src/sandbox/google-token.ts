import { createHmac, createPublicKey, timingSafeEqual } from 'node:crypto'
import { isText, parseJson, textAt } from './json.ts'
import { isSignedBy, readJwt } from './jwt.ts'
import { type Answer, header, jsonAnswer, type ProviderRequest } from './provider.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** The addresses under which Google's libraries have asked for tokens over the years; each is its own audience. */
const tokenPaths = new Map([
  ['/token', 'https://oauth2.googleapis.com/token'],
  ['/oauth2/v4/token', 'https://www.googleapis.com/oauth2/v4/token'],
  ['/o/oauth2/token', 'https://accounts.google.com/o/oauth2/token'],
])
const audiences = new Set(tokenPaths.values())
const lifetimeS = 3600
const clockSkewS = 300

export interface GoogleTokens {
  /** The token endpoint: a signed assertion in, an access token out. */
  exchange(request: ProviderRequest, now: Date): Answer
  isValid(accessToken: string, now: Date): boolean
}

/**
 * Google's OAuth 2.0 for service accounts (RFC 7523).
 *
 * Access tokens carry their own expiry under a keyed hash, so a client's token outlives a restart of the sandbox.
 */
export function googleTokens(account: { readonly email: string; readonly key: string }, secret: string): GoogleTokens {
  const publicKey = createPublicKey(account.key)
  const sign = (expiry: string) => createHmac('sha256', secret).update(expiry).digest('base64url')

  function wrongAssertion(assertion: string, now: Date): string | undefined {
    const jwt = readJwt(assertion)
    if (!jwt) return 'Invalid JWT: Bad assertion.'
    const { iss, aud, exp, iat } = jwt.claims
    const nowS = now.getTime() / 1000
    if (iss !== account.email) return 'Invalid grant: account not found'
    if (!isSignedBy(jwt, 'RS256', publicKey)) return 'Invalid JWT Signature.'
    if (!isText(aud) || !audiences.has(aud)) return 'Invalid JWT: Failed audience check.'
    const shortLived = typeof exp === 'number' && typeof iat === 'number' && exp - iat <= lifetimeS && iat <= exp
    if (!shortLived || exp < nowS - clockSkewS || iat > nowS + clockSkewS) {
      return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.'
    }
    return undefined
  }

  return {
    exchange(request, now) {
      if (request.method !== 'POST' || !tokenPaths.has(request.path)) return oauthError(404, 'not_found', 'Not Found')
      const fields = fieldsOf(request)
      const assertion = fields('assertion') ?? ''
      if (fields('grant_type') !== grantType) {
        return oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${fields('grant_type') ?? ''}`)
      }
      const wrong = wrongAssertion(assertion, now)
      if (wrong !== undefined) return oauthError(400, 'invalid_grant', wrong)
      if (!readJwt(assertion)?.claims['scope']) {
        return oauthError(400, 'invalid_scope', 'Empty or missing scope not allowed.')
      }
      const expiry = String(Math.floor(now.getTime() / 1000) + lifetimeS)
      return jsonAnswer(200, {
        access_token: `ya29.${expiry}.${sign(expiry)}`,
        expires_in: lifetimeS - 1,
        token_type: 'Bearer',
      })
    },
    isValid(accessToken, now) {
      const [, expiry, signature] = /^ya29\.(\d+)\.([\w-]+)$/.exec(accessToken) ?? []
      if (expiry === undefined || signature === undefined) return false
      const [ours, theirs] = [Buffer.from(sign(expiry)), Buffer.from(signature)]
      return ours.length === theirs.length && timingSafeEqual(ours, theirs) && Number(expiry) * 1000 > now.getTime()
    },
  }
}

/** Google takes the grant as a form and as JSON. */
function fieldsOf(request: ProviderRequest): (name: string) => string | undefined {
  const body = request.body.toString()
  if (header(request, 'content-type')?.startsWith('application/json')) {
    const json = parseJson(body)
    return (name) => textAt(json, name)
  }
  const form = new URLSearchParams(body)
  return (name) => form.get(name) ?? undefined
}

function oauthError(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description })
}
