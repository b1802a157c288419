import { randomBytes } from 'node:crypto'
import { isMailAddress } from './mail-address.ts'
import { mailMessage } from './mail-message.ts'
import { parseMail } from './mime.ts'
import type { Answer, Provider } from './provider.ts'
import { randomText, type Secrets } from './secrets.ts'
import { readEnvelope } from './smtp-exchange.ts'

const user = 'carillon'

/** A mail server that anybody with the password may submit to (RFC 6409). It decides when it has the message. */
export function smtp(secrets: Secrets): Provider {
  const password = secrets('smtp-password', () => randomText(32, 'abcdefghijklmnopqrstuvwxyz0123456789'))
  return {
    name: 'smtp',
    channel: 'EMAIL',
    transport: 'smtp',
    environment: ({ smtp: { host, port } }) => ({ SMTP_URL: `smtp://${user}:${password}@${host}:${port}` }),
    mayLogIn: (name, given) => name === user && given === password,
    judge(request) {
      const { from, to } = readEnvelope(request)
      if (!isMailAddress(from))
        return { kind: 'refused', to, answer: reply(553, '5.1.8 The sender has no such domain') }
      if (!to.every(isMailAddress)) return { kind: 'refused', to, answer: noSuchMailbox }
      const queueId = randomBytes(6).toString('hex').toUpperCase()
      const { headers, text, html } = parseMail(request.body)
      const mail = {
        deliveryId: headers['x-carillon-delivery'] ?? null,
        providerId: headers['message-id']?.replace(/^<|>$/g, '') ?? queueId,
        from: headers['from'],
        subject: headers['subject'] ?? '',
        text,
        html,
        headers,
      }
      return {
        kind: 'accepted',
        to,
        answer: reply(250, `2.0.0 Ok: queued as ${queueId}`),
        messages: to.map((address) => mailMessage(address, mail)),
      }
    },
    refuse(kind) {
      switch (kind) {
        case 'throttle':
          return reply(450, '4.7.0 Too many messages: slow down')
        case 'unavailable':
          return reply(421, '4.3.2 The service is not available: closing the connection')
        case 'stale_target':
          return noSuchMailbox
      }
    },
  }
}

const noSuchMailbox = reply(550, '5.1.1 There is no such mailbox')

function reply(status: number, body: string): Answer {
  return { status, headers: {}, body }
}
