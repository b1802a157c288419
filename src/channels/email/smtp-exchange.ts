import type { NoAnswer } from '../exchange.ts'

/** How one transaction with a mail server ended. */
export type SmtpExchange = SmtpReply | NoAnswer

/** The reply that decided it. Its text may repeat an address: only its codes are kept. */
export interface SmtpReply {
  readonly kind: 'replied'
  readonly step: SmtpStep
  /** Three digits: RFC 5321, section 4.2. */
  readonly status: number
  /** "5.1.1": RFC 3463. */
  readonly enhanced?: string | undefined
}

/** What was replied to: greeting, TLS and signing in, MAIL FROM, RCPT TO, or the message itself. */
export type SmtpStep = 'session' | 'sender' | 'recipient' | 'message'

const steps: Readonly<Record<string, SmtpStep>> = { 'MAIL FROM': 'sender', 'RCPT TO': 'recipient', DATA: 'message' }

/** What a failure of nodemailer's connection says. Its code is that of the system where it came from there. */
export interface SmtpFailure extends Error {
  readonly code?: string | undefined
  readonly originalCode?: string | undefined
  readonly command?: string | undefined
  readonly response?: string | undefined
}

/** `isOnItsWay`: the server may have the whole message. */
export function failedExchange(failure: SmtpFailure, isOnItsWay: boolean): SmtpExchange {
  const reply = readReply(failure.response, steps[failure.command ?? ''] ?? 'session')
  if (reply !== undefined && reply.status >= 400) return reply
  return { kind: isOnItsWay ? 'unanswered' : 'unsent', code: failure.originalCode ?? failure.code ?? failure.name }
}

/** Undefined where it is no reply at all. */
export function readReply(response: string | undefined, step: SmtpStep): SmtpReply | undefined {
  const [, status, enhanced] = /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?|$)/.exec(response ?? '') ?? []
  return status === undefined ? undefined : { kind: 'replied', step, status: Number(status), enhanced }
}
