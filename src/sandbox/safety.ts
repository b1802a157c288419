/** The variables that, with a value, mean that somebody's real account could be used. */
const realCredentials = [
  'APNS_KEY',
  'FCM_SERVICE_ACCOUNT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'SENDGRID_API_KEY',
  'TWILIO_AUTH_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'VONAGE_API_SECRET',
  'SMTP_URL',
] as const

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Why the sandbox must not start in this environment, in one sentence.
 *
 * Nobody should take a process that can reach real customers for one that plays. What the sandbox itself made
 * (`own`) may be in the environment: a parent that talks to it has it there.
 */
export function reasonNotToStart(environment: Environment, own: readonly string[]): string | undefined {
  if (environment['CARILLON_PROVIDERS'] === 'real') return undefined
  const found = realCredentials.filter((name) => {
    const value = environment[name]
    return value !== undefined && value !== '' && !own.includes(value) && !own.includes(passwordIn(value))
  })
  if (found.length === 0) return undefined
  return `The sandbox does not start where real provider credentials are set (${found.join(', ')}): unset them, or set CARILLON_PROVIDERS=real if that is what you want.`
}

/** SMTP_URL holds its password among what is no secret. */
function passwordIn(value: string): string {
  return URL.parse(value)?.password ?? ''
}
