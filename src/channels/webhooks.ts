import type { ProviderName } from '../domain/words.ts'
import { type SendGridWebhookSettings, sendGridWebhook } from './email/sendgrid-webhook.ts'
import { type SesWebhookSettings, sesWebhook } from './email/ses-webhook.ts'
import { type TwilioWebhookSettings, twilioWebhook } from './sms/twilio-webhook.ts'
import { type VonageWebhookSettings, vonageWebhook } from './sms/vonage-webhook.ts'
import type { Webhook } from './webhook.ts'

/** What each provider signs with; one without sends none. */
export interface WebhookKeys {
  readonly sendgrid?: SendGridWebhookSettings | undefined
  readonly ses?: SesWebhookSettings | undefined
  readonly twilio?: Pick<TwilioWebhookSettings, 'authToken'> | undefined
  readonly vonage?: VonageWebhookSettings | undefined
}

/** The webhooks that are taken, each with the provider that sends it to `publicUrl`. */
export function openWebhooks(publicUrl: string, keys: WebhookKeys): readonly (readonly [ProviderName, Webhook])[] {
  const { sendgrid, ses, twilio, vonage } = keys
  return [
    ...(sendgrid ? [['sendgrid', sendGridWebhook(sendgrid)] as const] : []),
    ...(ses ? [['ses', sesWebhook(ses)] as const] : []),
    ...(twilio ? [['twilio', twilioWebhook({ ...twilio, publicUrl })] as const] : []),
    ...(vonage ? [['vonage', vonageWebhook(vonage)] as const] : []),
  ]
}
