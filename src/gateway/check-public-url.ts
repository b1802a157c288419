import { type Diagnosis, ok, problem, warning } from '../domain/diagnosis.ts'

const subject = 'PUBLIC_URL'
const limitMs = 5000

/** Providers call back to it, and mails link to it. */
export async function checkPublicUrl(publicUrl: string, isProduction: boolean): Promise<Diagnosis> {
  const { protocol, hostname } = new URL(publicUrl)
  if (isProduction && /^(localhost|127\..*|\[::1\])$/.test(hostname))
    return problem(
      subject,
      `${publicUrl} is this machine: nobody else reaches it`,
      'set it to the address from outside',
    )
  if (isProduction && protocol !== 'https:')
    return problem(subject, `${publicUrl} sends what it is told in the clear`, 'set it to an https address')
  const answer = await fetch(`${publicUrl}/livez`, { signal: AbortSignal.timeout(limitMs) }).then(
    (response) => String(response.status),
    (error: unknown) => (error instanceof Error ? whyOf(error) : String(error)),
  )
  if (answer === '200') return ok(subject, `${publicUrl} is reached from here`)
  // From outside it may be: a network need not let its own machines go out and come in again.
  return warning(subject, `${publicUrl}/livez is not reached from here (${answer})`, 'start the gateway, or correct it')
}

function whyOf({ cause, name }: Error): string {
  if (!(cause instanceof Error)) return name
  return 'code' in cause ? String(cause.code) : cause.message
}
