import { createHash } from 'node:crypto'
import MailComposer from 'nodemailer/lib/mail-composer'
import { withoutAnswer } from '../exchange.ts'
import type { EmailMessage, Provider } from '../provider.ts'
import type { SmtpMail, SmtpServer } from './smtp-connection.ts'
import { smtpOutcome } from './smtp-outcome.ts'
import { openSmtpPool } from './smtp-pool.ts'
import { unsubscribeHeaders } from './unsubscribe-headers.ts'

export interface SmtpSettings {
  /** "smtp://user:password@mail.example.com:587", what is particular in it percent-encoded; smtps: TLS from the first byte. */
  readonly url: string
  /** PEM of the authority that signed the server's certificate, where it is none of the usual ones. */
  readonly ca?: string | undefined
  /** For everything from the call to the last reply. */
  readonly timeoutMs: number
  /** "Carillon <hello@example.com>" */
  readonly from: string
}

/** nodemailer speaks the protocol; its own pool would send a message again, up to five times, when a connection ends. */
export function openSmtp(settings: SmtpSettings): Provider<EmailMessage> {
  const pool = openSmtpPool(serverOf(settings), settings.timeoutMs)
  const sender = /<([^<>]+)>\s*$/.exec(settings.from)?.[1] ?? settings.from
  return {
    name: 'smtp',
    async attempt(message, signal) {
      const messageId = messageIdOf(message.deliveryId, sender)
      const raw = await write(message, settings.from, messageId)
      const exchange = await pool.transact({ from: sender, to: message.to, raw }, signal)
      if (exchange.kind !== 'replied') return withoutAnswer(exchange)
      const outcome = smtpOutcome(exchange)
      // Servers log it, and bounces quote it; not every server gives the message an id of its own.
      return outcome.kind === 'accepted' ? { ...outcome, providerId: messageId } : outcome
    },
    close: () => pool.close(),
  }
}

function serverOf({ url, ca }: SmtpSettings): SmtpServer {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    auth: username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    tls: { ca },
  }
}

/** The same for every attempt: a mailbox that gets a message twice can tell. */
function messageIdOf(deliveryId: string, sender: string): string {
  const digest = createHash('sha256').update(deliveryId).digest('hex').slice(0, 40)
  return `${digest}@${sender.slice(sender.lastIndexOf('@') + 1)}`
}

function write(message: EmailMessage, from: string, messageId: string): Promise<SmtpMail['raw']> {
  const { deliveryId, to, content, unsubscribeUrl } = message
  return new MailComposer({
    from,
    // Not as text: in that, a comma would make two addresses of one.
    to: { name: '', address: to },
    subject: content.subject,
    ...(content.text === '' ? {} : { text: content.text }),
    html: content.html,
    messageId: `<${messageId}>`,
    headers: {
      'X-Carillon-Delivery': deliveryId,
      ...(unsubscribeUrl === undefined ? {} : unsubscribeHeaders(unsubscribeUrl)),
    },
  })
    .compile()
    .build()
}
