import type { PushTarget } from '../../domain/content.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { PushEnvironment } from '../../domain/words.ts'
import { withoutAnswer } from '../exchange.ts'
import type { Http, HttpSettings } from '../http.ts'
import { openHttp2 } from '../http2.ts'
import type { Provider, PushMessage } from '../provider.ts'
import { type ApnsRequest, apnsRequest } from './apns-notification.ts'
import { apnsOutcome } from './apns-outcome.ts'
import { type ApnsKey, ageMs, apnsTokens } from './apns-token.ts'
import { apnsClearRequest } from './clear-push.ts'

export interface ApnsSettings extends HttpSettings, ApnsKey {
  /** The bundle id of devices that name no app. */
  readonly topic: string
  /** Serves the devices of the development environment; `url` does where it is not given. */
  readonly developmentUrl?: string | undefined
}

export function openApns(settings: ApnsSettings): Provider<PushMessage> {
  const production = openHttp2(settings)
  const development = settings.developmentUrl ? openHttp2({ ...settings, url: settings.developmentUrl }) : production
  const servers: Record<PushEnvironment, Http> = { PRODUCTION: production, DEVELOPMENT: development }
  const tokens = apnsTokens(settings)

  async function send({ headers, body }: ApnsRequest, target: PushTarget, signal: AbortSignal): Promise<Outcome> {
    const token = tokens.current(new Date())
    const path = `/3/device/${encodeURIComponent(target.token)}`
    const signed = { authorization: `bearer ${token.text}`, ...headers }
    const exchange = await servers[target.environment].post({ path, headers: signed, body }, signal)
    if (exchange.kind !== 'answered') return withoutAnswer(exchange)
    const now = new Date()
    const outcome = apnsOutcome(exchange, ageMs(token, now), now)
    if (exchange.status === 403 && outcome.kind === 'retryable') tokens.drop(token)
    return outcome
  }

  return {
    name: 'apns',
    attempt: (message, signal) =>
      send(apnsRequest(message, message.target.app || settings.topic), message.target, signal),
    clear: (cleared, signal) =>
      send(apnsClearRequest(cleared, cleared.target.app || settings.topic, new Date()), cleared.target, signal),
    async close() {
      await Promise.all([production.close(), development.close()])
    },
  }
}
