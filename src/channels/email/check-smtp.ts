import { createTransport } from 'nodemailer'
import type { Checkup } from '../../domain/checkup.ts'
import { ok, problem } from '../../domain/diagnosis.ts'

export interface SmtpServer {
  /** "smtp://user:password@mail.example.com:587" */
  readonly url: string
  readonly ca?: string | undefined
  readonly timeoutMs: number
}

/** Connects and signs in. */
export async function checkSmtp({ url, ca, timeoutMs }: SmtpServer): Promise<Checkup> {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: { ca },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    await transport.verify()
    return { diagnoses: [ok('smtp', 'takes the credentials')] }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return {
      diagnoses: [
        code === 'EAUTH'
          ? problem('smtp', 'refuses the credentials', 'correct user and password in SMTP_URL')
          : problem('smtp', `does not answer (${code})`, 'let this machine connect to it, or correct SMTP_URL'),
      ],
    }
  } finally {
    transport.close()
  }
}
