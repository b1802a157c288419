import { type Diagnosis, ok, warning } from '../domain/diagnosis.ts'
import type { ProviderName } from '../domain/words.ts'
import type { WebhookSettings } from './settings.ts'

/** Those that tell by webhook what became of a message; the others tell it in their answer, or not at all. */
const reporting: readonly ProviderName[] = ['sendgrid', 'ses', 'twilio', 'vonage']

/** Whether webhooks of the providers in use can be told from forged ones: those of which it cannot be are refused. */
export function judgeWebhooks(
  providers: readonly string[],
  settings: WebhookSettings | undefined,
): readonly Diagnosis[] {
  const { publicUrl, ...keys } = { publicUrl: '', ...settings }
  const isTaken = new Map<string, boolean>(Object.entries(keys).map(([name, key]) => [name, key !== undefined]))
  return reporting
    .filter((name) => providers.includes(name))
    .map((name) => {
      const subject = `webhooks of ${name}`
      return isTaken.get(name)
        ? ok(subject, `taken at ${publicUrl}/webhooks/${name}`)
        : warning(
            subject,
            'not taken: what becomes of a message stays unknown',
            `configure what ${name} signs them with, and tell it ${publicUrl}/webhooks/${name}`,
          )
    })
}
