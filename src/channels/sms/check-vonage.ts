import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem, warning } from '../../domain/diagnosis.ts'
import { ask } from '../ask.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer } from '../exchange.ts'
import type { HttpSettings } from '../http.ts'
import { jsonAt, parseJson } from '../json.ts'

export interface VonageAccount extends HttpSettings {
  readonly apiKey: string
  readonly apiSecret: string
}

/** Asks for the balance. */
export async function checkVonage(settings: VonageAccount): Promise<Checkup> {
  const { apiKey, apiSecret } = settings
  const sent = Date.now()
  const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`
  const exchange = await ask(settings, '/account/get-balance', { authorization })
  return checkup({ provider: 'vonage', variables: 'the key and the secret of Vonage', sent }, exchange, judge)
}

function judge({ status, body }: Answer): Diagnosis {
  const balance = jsonAt(parseJson(body), 'value')
  if (status !== 200 || typeof balance !== 'number')
    return problem('vonage', `answers ${status}, which its API does not`, 'correct the address of Vonage')
  return balance > 0
    ? ok('vonage', 'takes the credentials; there is money left')
    : warning('vonage', 'takes the credentials, and no money is left', 'pay in some')
}
