import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem, warning } from '../../domain/diagnosis.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer } from '../exchange.ts'
import { openHttp } from '../http.ts'
import type { FcmSettings } from './fcm.ts'
import { accessTokens } from './google-access-token.ts'

/** Fetches an access token, and lets FCM validate a message to a device that there cannot be. */
export async function checkFcm(settings: FcmSettings): Promise<Checkup> {
  const token = await accessTokens(settings).current()
  if (token.kind !== 'minted') return { diagnoses: [withoutToken(token)] }
  const http = openHttp(settings)
  try {
    const sent = Date.now()
    const path = `/v1/projects/${encodeURIComponent(settings.serviceAccount.project_id)}/messages:send`
    const headers = { authorization: `Bearer ${token.text}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ validate_only: true, message: { token: 'none', notification: { title: 'none' } } })
    const exchange = await http.post({ path, headers, body }, new AbortController().signal)
    return checkup({ provider: 'fcm', variables: 'FCM_SERVICE_ACCOUNT', sent }, exchange, judge)
  } finally {
    await http.close()
  }
}

function withoutToken({ kind, code }: Outcome): Diagnosis {
  return kind === 'config'
    ? problem('fcm', `Google gives this account no access token (${code})`, 'correct FCM_SERVICE_ACCOUNT')
    : warning('fcm', `Google cannot be asked for an access token (${code})`, 'let this machine connect to it')
}

/** 400 and 404 are about the device. */
function judge({ status }: Answer): Diagnosis {
  return status === 400 || status === 404 || status === 200
    ? ok('fcm', 'takes the service account')
    : problem('fcm', `answers ${status}, which its API does not`, 'correct FCM_URL')
}
