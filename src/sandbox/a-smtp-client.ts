import { createTransport, type SendMailOptions } from 'nodemailer'
import type { Sandbox } from './start.ts'
import { aDeliveryId, defaultPatienceMs, type Reply, type Seen, type TestClient, value } from './test-clients.ts'

export interface SmtpOptions {
  readonly mail?: SendMailOptions
  readonly password?: string
}

export function smtpClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: SmtpOptions): Promise<Seen> } {
  const { hostname: host, port, username: user, password } = new URL(value(sandbox, 'SMTP_URL'))
  const request = async (options: SmtpOptions = {}): Promise<Seen> => {
    const transport = createTransport({
      host,
      port: Number(port),
      auth: { user, pass: options.password ?? password },
      tls: { ca: value(sandbox, 'PROVIDER_CA') },
      socketTimeout: patienceMs,
    })
    try {
      const { response } = await transport.sendMail({ ...anSmtpMail(), ...options.mail })
      return smtpReply(response)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      if ('response' in error) return smtpReply(String(error.response))
      return error.code === 'ETIMEDOUT' ? 'no answer' : 'cut'
    }
  }
  const send = (to = 'ana@example.com') => request({ mail: { to: to.includes('@') ? to : `${to}@nowhere` } })
  return { provider: 'smtp', request, send, close() {} }
}

function smtpReply(response: string): Reply {
  return { status: Number(response.slice(0, 3)), headers: {}, body: response.slice(4) }
}

function anSmtpMail(): SendMailOptions {
  return {
    from: 'Carillon <hello@carillon.example>',
    to: 'ana@example.com',
    subject: 'Hello',
    text: 'World',
    html: '<b>World</b>',
    headers: { 'X-Carillon-Delivery': aDeliveryId('email') },
  }
}
