import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { readBody } from './body.ts'
import type { Answer, ProviderRequest } from './provider.ts'
import type { Exchange } from './receive.ts'

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/** A transaction as a request: its message is the body, its envelope stands in headers. Undefined when the client left. */
export async function readSmtp(
  stream: SMTPServerDataStream,
  { envelope: { mailFrom, rcptTo } }: SMTPServerSession,
): Promise<ProviderRequest | undefined> {
  const body = await readBody(stream)
  if (body === undefined) return undefined
  const headers = { 'mail-from': mailFrom ? mailFrom.address : '', 'rcpt-to': rcptTo.map(({ address }) => address) }
  return { method: 'DATA', path: '', query: new URLSearchParams(), headers, body }
}

export function readEnvelope({ headers }: ProviderRequest): Envelope {
  const to = headers['rcpt-to'] ?? []
  return { from: String(headers['mail-from'] ?? ''), to: typeof to === 'string' ? [to] : to }
}

/** The status of an answer is the code of the reply, and its body the text. */
export function smtpExchange(reply: (error: Error | null, text?: string) => void, cut: () => void): Exchange {
  return {
    answer({ status, body }: Answer) {
      if (status < 400) reply(null, body)
      else reply(Object.assign(new Error(body), { responseCode: status }))
    },
    cut,
  }
}
