import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem, warning } from '../../domain/diagnosis.ts'
import { ask } from '../ask.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer } from '../exchange.ts'
import { parseJson, textAt } from '../json.ts'
import type { TwilioSettings } from './twilio.ts'

/** Asks for the account. */
export async function checkTwilio(settings: TwilioSettings): Promise<Checkup> {
  const { accountSid, authToken } = settings
  const sent = Date.now()
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const exchange = await ask(settings, `/2010-04-01/Accounts/${accountSid}.json`, { authorization })
  const variables = 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN'
  return checkup({ provider: 'twilio', variables, sent }, exchange, judge)
}

function judge({ status, body }: Answer): Diagnosis {
  const account = parseJson(body)
  const state = textAt(account, 'status')
  if (status !== 200 || state === undefined)
    return problem('twilio', `answers ${status}, which its API does not`, 'correct TWILIO_URL')
  if (state !== 'active') return problem('twilio', `the account is ${state}`, "see what Twilio's console says of it")
  return textAt(account, 'type') === 'Trial'
    ? warning('twilio', 'the account is a trial, which sends to verified numbers alone', 'upgrade it')
    : ok('twilio', 'takes the credentials; the account is active')
}
