import type { ProviderSettings } from './channels/providers.ts'
import type { Variables } from './config.ts'
import { type EmailProvider, emailProviders, type SmsProvider, smsProviders } from './domain/words.ts'

/** What makes a provider be there. */
const credentials = {
  sendgrid: 'SENDGRID_API_KEY',
  ses: 'AWS_SECRET_ACCESS_KEY',
  smtp: 'SMTP_URL',
  twilio: 'TWILIO_AUTH_TOKEN',
  vonage: 'VONAGE_API_SECRET',
} as const satisfies Record<EmailProvider | SmsProvider, keyof Variables>

const preferences = { EMAIL_PROVIDERS: emailProviders, SMS_PROVIDERS: smsProviders } as const

/** The mistake for each provider that is preferred and not there. */
export function absentProviders(given: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(preferences).flatMap(([variable, names]) => {
    const preferred = String(given[variable] ?? '').split(',')
    return names
      .filter((name) => preferred.some((each) => each.trim() === name) && !given[credentials[name]])
      .map((name) => `${credentials[name]}: must be set when ${variable} names ${name}`)
  })
}

export function providerSettings(given: Variables, publicUrl: string): ProviderSettings {
  const http = { ca: given.PROVIDER_CA, timeoutMs: given.PROVIDER_TIMEOUT_MS }
  const from = given.EMAIL_FROM ?? ''
  const region = given.AWS_REGION ?? ''
  return {
    apns: given.APNS_KEY
      ? {
          ...http,
          key: given.APNS_KEY,
          keyId: given.APNS_KEY_ID ?? '',
          teamId: given.APNS_TEAM_ID ?? '',
          topic: given.APNS_TOPIC ?? '',
          url: given.APNS_URL,
        }
      : undefined,
    fcm: given.FCM_SERVICE_ACCOUNT
      ? { ...http, serviceAccount: given.FCM_SERVICE_ACCOUNT, url: given.FCM_URL, tokenUrl: given.FCM_TOKEN_URL }
      : undefined,
    sendgrid: given.SENDGRID_API_KEY
      ? { ...http, apiKey: given.SENDGRID_API_KEY, url: given.SENDGRID_URL, from }
      : undefined,
    ses: given.AWS_SECRET_ACCESS_KEY
      ? {
          ...http,
          region,
          accessKeyId: given.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: given.AWS_SECRET_ACCESS_KEY,
          configurationSet: given.SES_CONFIGURATION_SET,
          url: given.SES_URL ?? `https://email.${region}.amazonaws.com`,
          from,
        }
      : undefined,
    smtp: given.SMTP_URL ? { ...http, url: given.SMTP_URL, from } : undefined,
    twilio: given.TWILIO_AUTH_TOKEN
      ? {
          ...http,
          accountSid: given.TWILIO_ACCOUNT_SID ?? '',
          authToken: given.TWILIO_AUTH_TOKEN,
          ...(given.TWILIO_MESSAGING_SERVICE_SID
            ? { messagingServiceSid: given.TWILIO_MESSAGING_SERVICE_SID }
            : { from: given.TWILIO_FROM ?? '' }),
          url: given.TWILIO_URL,
          statusCallbackUrl: `${publicUrl}/webhooks/twilio`,
        }
      : undefined,
    vonage: given.VONAGE_API_SECRET
      ? {
          ...http,
          apiKey: given.VONAGE_API_KEY ?? '',
          apiSecret: given.VONAGE_API_SECRET,
          from: given.VONAGE_FROM ?? '',
          url: given.VONAGE_URL,
          callbackUrl: `${publicUrl}/webhooks/vonage`,
        }
      : undefined,
    emailOrder: given.EMAIL_PROVIDERS,
    smsOrder: given.SMS_PROVIDERS,
  }
}
