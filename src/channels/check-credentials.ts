import type { Checkup } from '../domain/checkup.ts'
import { type Diagnosis, problem, warning } from '../domain/diagnosis.ts'
import type { ProviderName } from '../domain/words.ts'
import { clocksOf } from './ask.ts'
import type { Answer, Exchange } from './exchange.ts'

export interface Questioned {
  readonly provider: ProviderName
  /** Where its credentials are configured: "SENDGRID_API_KEY". */
  readonly variables: string
  /** Begins before the question is asked. */
  readonly sent: number
}

/** What an exchange says of credentials: `judge` reads the answer of a provider that takes them. */
export function checkup(
  { provider, variables, sent }: Questioned,
  exchange: Exchange,
  judge: (answer: Answer) => Diagnosis,
): Checkup {
  if (exchange.kind !== 'answered') {
    const mend = 'let this machine connect to it, or correct its address'
    return { diagnoses: [problem(provider, `does not answer (${exchange.code})`, mend)] }
  }
  return { diagnoses: [judgeAnswer(exchange)], clocks: clocksOf(provider, sent, exchange) }

  function judgeAnswer(answer: Answer): Diagnosis {
    if (answer.status === 401 || answer.status === 403)
      return problem(provider, `refuses the credentials (${answer.status})`, `correct ${variables}`)
    if (answer.status === 429 || answer.status >= 500)
      return warning(provider, `cannot tell now (${answer.status})`, 'ask again later')
    return judge(answer)
  }
}
