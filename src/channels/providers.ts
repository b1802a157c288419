import { type EmailProvider, emailProviders, type Platform, type SmsProvider, smsProviders } from '../domain/words.ts'
import { openSendGrid, type SendGridSettings } from './email/sendgrid.ts'
import { openSes, type SesSettings } from './email/ses.ts'
import { openSmtp, type SmtpSettings } from './email/smtp.ts'
import type { EmailMessage, Provider, PushMessage, SmsMessage } from './provider.ts'
import { type ApnsSettings, openApns } from './push/apns.ts'
import { type FcmSettings, openFcm } from './push/fcm.ts'
import { openTwilio, type TwilioSettings } from './sms/twilio.ts'
import { openVonage, type VonageSettings } from './sms/vonage.ts'

/** A provider without settings is absent. */
export interface ProviderSettings {
  readonly apns?: ApnsSettings | undefined
  readonly fcm?: FcmSettings | undefined
  readonly sendgrid?: SendGridSettings | undefined
  readonly ses?: SesSettings | undefined
  readonly smtp?: SmtpSettings | undefined
  readonly twilio?: TwilioSettings | undefined
  readonly vonage?: VonageSettings | undefined
  /** Who is asked first; one that is not named is absent. */
  readonly emailOrder?: readonly EmailProvider[] | undefined
  readonly smsOrder?: readonly SmsProvider[] | undefined
}

/** Who sends on each channel: by platform for push, in order of preference for the rest. */
export interface Providers {
  readonly PUSH: Readonly<Record<Platform, Provider<PushMessage> | undefined>>
  readonly EMAIL: readonly Provider<EmailMessage>[]
  readonly SMS: readonly Provider<SmsMessage>[]
  close(): Promise<void>
}

/** Each call opens connections of its own: lanes that must not wait for each other open their own providers. */
export function openProviders(settings: ProviderSettings): Providers {
  const apns = settings.apns && openApns(settings.apns)
  const fcm = settings.fcm && openFcm(settings.fcm)
  const email = (settings.emailOrder ?? emailProviders).flatMap((name) => openEmail(name, settings) ?? [])
  const sms = (settings.smsOrder ?? smsProviders).flatMap((name) => openSms(name, settings) ?? [])
  const all = [apns, fcm, ...email, ...sms]
  return {
    PUSH: { IOS: apns, ANDROID: fcm, WEB: fcm },
    EMAIL: email,
    SMS: sms,
    async close() {
      await Promise.all(all.map((provider) => provider?.close?.()))
    },
  }
}

function openEmail(name: EmailProvider, { sendgrid, ses, smtp }: ProviderSettings) {
  switch (name) {
    case 'sendgrid':
      return sendgrid && openSendGrid(sendgrid)
    case 'ses':
      return ses && openSes(ses)
    case 'smtp':
      return smtp && openSmtp(smtp)
  }
}

function openSms(name: SmsProvider, { twilio, vonage }: ProviderSettings) {
  switch (name) {
    case 'twilio':
      return twilio && openTwilio(twilio)
    case 'vonage':
      return vonage && openVonage(vonage)
  }
}
