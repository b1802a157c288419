import type { Outcome } from '../../domain/outcome.ts'
import { retryable, throttled } from '../exchange.ts'
import type { SmtpReply } from './smtp-exchange.ts'

/** Policies and floods (IANA, "SMTP Enhanced Status Codes"): servers use both for senders who are too fast. */
const tooFast = new Set(['4.7.0', '4.7.28'])
/** Mailbox or domain that is not there, or not written like one; disabled mailbox. */
const dead = new Set(['5.1.0', '5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])
/** The same in the words of RFC 5321 and 7504, where a recipient is refused. */
const deadStatuses = new Set([501, 550, 551, 553, 556])
/** RFC 4954 and 3207: we have to sign in, or not like this. */
const signIn = new Set([530, 534, 535, 538])

/** What a mail server replied. A refusal of the message itself says nothing of the address, unless it says so. */
export function smtpOutcome({ step, status, enhanced }: SmtpReply): Outcome {
  const code = enhanced === undefined ? String(status) : `${status} ${enhanced}`
  if (status < 400) return { kind: 'accepted', code }
  if (status < 500) return tooFast.has(enhanced ?? '') ? throttled(code, undefined) : retryable(code, undefined)
  if (step === 'session' || signIn.has(status)) return { kind: 'config', code }
  // The sender is the same for every message; 552 is about the size of this one.
  if (step === 'sender') return { kind: status === 552 ? 'permanent' : 'config', code }
  return { kind: isDead(step, status, enhanced) ? 'stale_target' : 'permanent', code }
}

/** With 5.7.x a recipient is refused by policy: the address may well be alive. */
function isDead(step: SmtpReply['step'], status: number, enhanced: string | undefined): boolean {
  if (enhanced !== undefined && dead.has(enhanced)) return true
  return step === 'recipient' && deadStatuses.has(status) && !enhanced?.startsWith('5.7.')
}
