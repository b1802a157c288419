import type { ProviderName } from '../domain/words.ts'
import { type SendGridWebhookSettings, sendGridWebhook } from './email/sendgrid-webhook.ts'
import { type SesWebhookSettings, sesWebhook } from './email/ses-webhook.ts'
import { type TwilioWebhookSettings, twilioWebhook } from './sms/twilio-webhook.ts'
import { type VonageWebhookSettings, vonageWebhook } from './sms/vonage-webhook.ts'
import type { Webhook } from './webhook.ts'

/** A provider without settings sends none. */
export interface WebhookSettings {
  readonly sendgrid?: SendGridWebhookSettings | undefined
  readonly ses?: SesWebhookSettings | undefined
  readonly twilio?: TwilioWebhookSettings | undefined
  readonly vonage?: VonageWebhookSettings | undefined
}

/** The webhooks that are taken, each with the provider that sends it. */
export function openWebhooks(settings: WebhookSettings): readonly (readonly [ProviderName, Webhook])[] {
  const { sendgrid, ses, twilio, vonage } = settings
  return [
    ...(sendgrid ? [['sendgrid', sendGridWebhook(sendgrid)] as const] : []),
    ...(ses ? [['ses', sesWebhook(ses)] as const] : []),
    ...(twilio ? [['twilio', twilioWebhook(twilio)] as const] : []),
    ...(vonage ? [['vonage', vonageWebhook(vonage)] as const] : []),
  ]
}
