import type { Outcome } from '../../domain/outcome.ts'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { Provider, PushMessage } from '../provider.ts'
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

  async function send(message: PushMessage, token: AccessToken, signal: AbortSignal): Promise<Outcome> {
    const headers = { authorization: `Bearer ${token.text}`, 'content-type': 'application/json' }
    const exchange = await http.post({ path, headers, body: JSON.stringify(fcmBody(message, new Date())) }, signal)
    if (exchange.kind !== 'answered') return withoutAnswer(exchange)
    if (exchange.status === 401) tokens.drop(token)
    return fcmOutcome(exchange, Date.now() - token.mintedAt, new Date())
  }

  return {
    name: 'fcm',
    async attempt(message, signal) {
      const token = await tokens.current()
      return token.kind === 'minted' ? send(message, token, signal) : token
    },
    close: () => http.close(),
  }
}
