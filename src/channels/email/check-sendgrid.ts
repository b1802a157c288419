import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem } from '../../domain/diagnosis.ts'
import { ask } from '../ask.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer } from '../exchange.ts'
import { listAt, parseJson } from '../json.ts'
import type { SendGridSettings } from './sendgrid.ts'

/** Asks what the key may do. */
export async function checkSendGrid(settings: SendGridSettings): Promise<Checkup> {
  const sent = Date.now()
  const exchange = await ask(settings, '/v3/scopes', { authorization: `Bearer ${settings.apiKey}` })
  return checkup({ provider: 'sendgrid', variables: 'SENDGRID_API_KEY', sent }, exchange, judge)
}

function judge({ status, body }: Answer): Diagnosis {
  if (status !== 200) return problem('sendgrid', `answers ${status}, which its API does not`, 'correct SENDGRID_URL')
  return listAt(parseJson(body), 'scopes').includes('mail.send')
    ? ok('sendgrid', 'takes the key, which may send')
    : problem('sendgrid', 'takes the key, which may not send', 'give the key the scope "Mail Send"')
}
