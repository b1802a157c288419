import type { Checkup } from '../../domain/checkup.ts'
import { type Diagnosis, ok, problem } from '../../domain/diagnosis.ts'
import { checkup } from '../check-credentials.ts'
import type { Answer } from '../exchange.ts'
import { openHttp2 } from '../http2.ts'
import { parseJson, textAt } from '../json.ts'
import type { ApnsSettings } from './apns.ts'
import { apnsTokens } from './apns-token.ts'

/** Pushes to a device that there cannot be: APNs looks at the provider's token and the topic first. */
export async function checkApns(settings: ApnsSettings): Promise<Checkup> {
  const http = openHttp2(settings)
  try {
    const sent = Date.now()
    const headers = {
      authorization: `bearer ${apnsTokens(settings).current(new Date()).text}`,
      'apns-topic': settings.topic,
      'apns-push-type': 'alert',
    }
    const push = { path: '/3/device/none', headers, body: '{"aps":{"alert":""}}' }
    const exchange = await http.post(push, new AbortController().signal)
    return checkup({ provider: 'apns', variables: 'APNS_KEY, APNS_KEY_ID and APNS_TEAM_ID', sent }, exchange, judge)
  } catch {
    const found = 'the key is none that a token can be signed with'
    return { diagnoses: [problem('apns', found, 'put the whole .p8 file into APNS_KEY')] }
  } finally {
    await http.close()
  }
}

function judge({ status, body }: Answer): Diagnosis {
  const reason = textAt(parseJson(body), 'reason') ?? String(status)
  if (reason === 'BadDeviceToken') return ok('apns', 'takes the key and the topic')
  if (reason === 'TopicDisallowed' || reason === 'BadTopic')
    return problem('apns', 'the key is not for this topic', 'correct APNS_TOPIC: it is the bundle id of the app')
  return problem('apns', `answers ${reason}`, 'correct APNS_URL')
}
