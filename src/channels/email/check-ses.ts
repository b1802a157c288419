import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem, warning } from '../../domain/diagnosis.ts'
import { ask } from '../ask.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { HttpSettings } from '../http.ts'
import { jsonAt, parseJson, textAt } from '../json.ts'

export interface SesAccount extends HttpSettings {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Asks for the account. */
export async function checkSes(settings: SesAccount): Promise<Checkup> {
  const sent = Date.now()
  const exchange = await getAccount(settings)
  return checkup({ provider: 'ses', variables: 'the key and the region of SES', sent }, exchange, judge)
}

/** The SDK builds and signs the request. */
async function getAccount(settings: SesAccount): Promise<Exchange> {
  const { url, region, accessKeyId, secretAccessKey } = settings
  let exchange: Exchange = { kind: 'unsent', code: 'no request' }
  const requestHandler = {
    async handle({ path, headers }: { readonly path: string; readonly headers: Readonly<Record<string, string>> }) {
      exchange = await ask({ ...settings, url: new URL(url).origin }, path, headers)
      if (exchange.kind !== 'answered') throw new Error(exchange.code)
      const { status: statusCode, headers: answered, body } = exchange
      return { response: { statusCode, headers: answered, body: Buffer.from(body) } }
    },
  }
  const credentials = { accessKeyId, secretAccessKey }
  const client = new SESv2Client({ region, endpoint: url, credentials, maxAttempts: 1, requestHandler })
  // What it makes of the answer does not matter.
  await client.send(new GetAccountCommand({})).catch(() => undefined)
  client.destroy()
  return exchange
}

function judge({ status, body }: Answer): Diagnosis {
  const account = parseJson(body)
  const enforced = textAt(account, 'EnforcementStatus')
  if (status !== 200) return problem('ses', `answers ${status}, which its API does not`, 'correct the address of SES')
  if (jsonAt(account, 'SendingEnabled') === false || enforced === 'SHUTDOWN')
    return problem('ses', 'the account may not send', 'see what the console of SES says of it')
  if (jsonAt(account, 'ProductionAccessEnabled') === false)
    return warning('ses', 'the account sends to verified addresses alone', 'ask AWS for production access')
  return ok('ses', 'takes the key; the account may send')
}
