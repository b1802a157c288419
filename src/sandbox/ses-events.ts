import { createPrivateKey, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto'
import type { News } from './news.ts'
import type { Sender, WebhookCall } from './sender.ts'
import type { SnsCertificate } from './sns-certificate.ts'

export const topicArn = 'arn:aws:sns:us-east-1:000000000000:carillon-ses-events'

export interface SesEvents extends Sender {
  /** Somebody has fetched the `SubscribeURL` of this token. */
  confirm(token: string): boolean
  certificate(): Promise<string>
}

export interface SesEventsSettings {
  readonly openCertificate: () => Promise<SnsCertificate>
  /** Where the sandbox is, once it listens. */
  readonly url: () => string
}

/** SES publishes to a topic, and SNS posts what is published there, once its subscriber has confirmed. */
export function sesEvents({ openCertificate, url }: SesEventsSettings): SesEvents {
  const token = randomBytes(32).toString('hex')
  let confirmed = false
  let opened: Promise<SnsCertificate & { readonly signer: KeyObject }> | undefined

  function certificate() {
    opened ??= openCertificate().then((each) => ({ ...each, signer: createPrivateKey(each.key) }))
    return opened
  }

  async function call(type: string, fields: Readonly<Record<string, string>>, news: readonly News[], now: Date) {
    const { signer } = await certificate()
    const message = { Type: type, MessageId: randomUUID(), TopicArn: topicArn, Timestamp: now.toISOString(), ...fields }
    const signature = sign('sha256', Buffer.from(stringToSign(message)), signer).toString('base64')
    const body = {
      ...message,
      SignatureVersion: '2',
      Signature: signature,
      SigningCertURL: `${url()}/sns/certificate.pem`,
    }
    return {
      method: 'POST',
      path: '/webhooks/ses',
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': type },
      body: JSON.stringify(body),
      news,
    } satisfies WebhookCall
  }

  return {
    provider: 'ses',
    batches: false,
    async introduce(now) {
      if (confirmed) return undefined
      const fields = {
        Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
        Token: token,
        SubscribeURL: `${url()}/sns/confirm?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`,
      }
      return call('SubscriptionConfirmation', fields, [], now)
    },
    calls: (news, now) =>
      Promise.all(
        news.map((each) => call('Notification', { Message: JSON.stringify(eventOf(each, now)) }, [each], now)),
      ),
    confirm(given) {
      confirmed ||= given === token
      return given === token
    },
    certificate: async () => (await certificate()).cert,
  }
}

/** The fields of both kinds of message, in the order of their names, which is the order that SNS signs them in. */
const signedFields = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']

function stringToSign(message: Readonly<Record<string, string>>): string {
  return signedFields.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join('')
}

function eventOf({ kind, to, deliveryId, providerId }: News, now: Date): object {
  const tags = deliveryId === null ? {} : { delivery_id: [Buffer.from(deliveryId).toString('base64url')] }
  return {
    ...eventWords(kind, to, now.toISOString()),
    mail: {
      timestamp: now.toISOString(),
      messageId: providerId,
      destination: [to],
      tags: { 'ses:configuration-set': ['carillon'], ...tags },
    },
  }
}

function eventWords(kind: News['kind'], to: string, timestamp: string): object {
  const recipients = [{ emailAddress: to }]
  switch (kind) {
    case 'accepted':
      return { eventType: 'Send', send: {} }
    case 'delivered':
      return { eventType: 'Delivery', delivery: { timestamp, recipients: [to], smtpResponse: '250 OK' } }
    case 'bounced':
    case 'blocked': {
      const [bounceType, bounceSubType] = kind === 'bounced' ? ['Permanent', 'General'] : ['Transient', 'MailboxFull']
      return { eventType: 'Bounce', bounce: { bounceType, bounceSubType, bouncedRecipients: recipients, timestamp } }
    }
    case 'complained':
      return { eventType: 'Complaint', complaint: { complainedRecipients: recipients, timestamp } }
    case 'unsubscribed':
      return {
        eventType: 'Subscription',
        subscription: { timestamp, source: 'UnsubscribeHeader', newTopicPreferences: { unsubscribeAll: true } },
      }
    case 'failed':
      return { eventType: 'Reject', reject: { reason: 'Bad content' } }
  }
}
