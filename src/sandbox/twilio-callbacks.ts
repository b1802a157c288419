import type { News } from './news.ts'
import type { Secrets } from './secrets.ts'
import type { Sender, WebhookCall } from './sender.ts'
import { twilioSecrets } from './twilio.ts'
import { twilioSignature } from './twilio-signature.ts'

/** Twilio's status callbacks: a form for each, to the address that came with the message. */
export function twilioCallbacks(secrets: Secrets): Sender {
  const { sid, token } = twilioSecrets(secrets)

  function callsFor(news: News): readonly WebhookCall[] {
    const url = URL.parse(news.statusCallback ?? '')
    if (url === null) return []
    const form = formOf(news, sid)
    return [
      {
        method: 'POST',
        path: `/webhooks/twilio${url.search}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          // Of the address that Twilio was given: between there and the gateway may be a proxy.
          'x-twilio-signature': twilioSignature(token, news.statusCallback ?? '', form),
        },
        body: form.toString(),
        news: [news],
      },
    ]
  }

  return { provider: 'twilio', batches: false, calls: async (news) => news.flatMap(callsFor) }
}

const statuses = {
  accepted: ['sent'],
  delivered: ['delivered'],
  bounced: ['undelivered', '30005'],
  blocked: ['undelivered', '30003'],
  failed: ['undelivered', '30007'],
  complained: ['delivered'],
  unsubscribed: ['delivered'],
} as const satisfies Record<News['kind'], readonly string[]>

function formOf({ kind, to, providerId }: News, accountSid: string): URLSearchParams {
  const [status, error] = statuses[kind]
  return new URLSearchParams({
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    From: '+15005550006',
    MessageSid: providerId,
    MessageStatus: status,
    SmsSid: providerId,
    SmsStatus: status,
    To: to,
    ...(error === undefined ? {} : { ErrorCode: error }),
  })
}
