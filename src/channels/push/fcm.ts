import type { Outcome } from '../../domain/outcome.ts'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { Provider, PushMessage } from '../provider.ts'
import { fcmClearBody } from './clear-push.ts'
import { fcmBody } from './fcm-body.ts'
import { fcmOutcome } from './fcm-outcome.ts'
import { type AccessToken, accessTokens, type GoogleAccount } from './google-access-token.ts'

export interface FcmSettings extends HttpSettings {
  /** The parsed JSON of the service account. */
  readonly serviceAccount: GoogleAccount
  /** A server that stands in for Google's token server; `ca` is for this one too. */
  readonly tokenUrl?: string | undefined
}

/**
 * Android and web push. firebase-admin mints the access token; it does not send, because it repeats a request up to four
 * times behind our back.
 */
export function openFcm(settings: FcmSettings): Provider<PushMessage> {
  const http = openHttp(settings)
  const tokens = accessTokens(settings)
  const path = `/v1/projects/${encodeURIComponent(settings.serviceAccount.project_id)}/messages:send`

  async function send(body: object, signal: AbortSignal): Promise<Outcome> {
    const token = await tokens.current()
    return token.kind === 'minted' ? sendWith(token, body, signal) : token
  }

  async function sendWith(token: AccessToken, body: object, signal: AbortSignal): Promise<Outcome> {
    const headers = { authorization: `Bearer ${token.text}`, 'content-type': 'application/json' }
    const exchange = await http.post({ path, headers, body: JSON.stringify(body) }, signal)
    if (exchange.kind !== 'answered') return withoutAnswer(exchange)
    if (exchange.status === 401) tokens.drop(token)
    return fcmOutcome(exchange, Date.now() - token.mintedAt, new Date())
  }

  return {
    name: 'fcm',
    attempt: (message, signal) => send(fcmBody(message, new Date()), signal),
    clear: (cleared, signal) => send(fcmClearBody(cleared), signal),
    close: () => http.close(),
  }
}
