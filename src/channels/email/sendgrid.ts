import MailService, { type Mail } from '@sendgrid/mail/src/classes/mail-service.js'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { EmailMessage, Provider } from '../provider.ts'
import { sdkCalls } from '../sdk-call.ts'
import { sendGridOutcome } from './sendgrid-outcome.ts'
import { unsubscribeHeaders } from './unsubscribe-headers.ts'

export interface SendGridSettings extends HttpSettings {
  readonly apiKey: string
  /** "Carillon <hello@example.com>" */
  readonly from: string
}

export function openSendGrid(settings: SendGridSettings): Provider<EmailMessage> {
  const http = openHttp(settings)
  const calls = sdkCalls(http)
  const headers = { authorization: `Bearer ${settings.apiKey}`, 'content-type': 'application/json' }
  const service = new MailService().setClient({
    request: ({ url, body }) => calls.send({ path: url, headers, body: JSON.stringify(body) }),
  })
  return {
    name: 'sendgrid',
    async attempt(message, signal) {
      const exchange = await calls.exchange(() => service.send(mail(message, settings.from)), signal)
      return exchange.kind === 'answered' ? sendGridOutcome(exchange, new Date()) : withoutAnswer(exchange)
    },
    close: () => http.close(),
  }
}

function mail({ deliveryId, to, content, unsubscribeUrl }: EmailMessage, from: string): Mail {
  const { subject, html, text } = content
  return {
    from,
    subject,
    // Copied into every event of the webhook; SendGrid cannot erase them: nothing personal.
    personalizations: [{ to: { email: to }, customArgs: { delivery_id: deliveryId } }],
    ...(unsubscribeUrl === undefined ? {} : { headers: unsubscribeHeaders(unsubscribeUrl) }),
    // SendGrid refuses an empty part, and the text after the HTML.
    content: [...(text === '' ? [] : [{ type: 'text/plain', value: text }]), { type: 'text/html', value: html }],
  }
}
