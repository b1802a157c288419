import type { Platform } from '../domain/words.ts'
import { openSendGrid, type SendGridSettings } from './email/sendgrid.ts'
import type { EmailMessage, Provider, PushMessage, SmsMessage } from './provider.ts'
import { type ApnsSettings, openApns } from './push/apns.ts'
import { type FcmSettings, openFcm } from './push/fcm.ts'
import { openTwilio, type TwilioSettings } from './sms/twilio.ts'

/** A provider without settings is absent. */
export interface ProviderSettings {
  readonly apns?: ApnsSettings | undefined
  readonly fcm?: FcmSettings | undefined
  readonly sendgrid?: SendGridSettings | undefined
  readonly twilio?: TwilioSettings | undefined
}

/** Who sends on each channel: by platform for push, in order of preference for the rest. */
export interface Providers {
  readonly PUSH: Readonly<Record<Platform, Provider<PushMessage> | undefined>>
  readonly EMAIL: readonly Provider<EmailMessage>[]
  readonly SMS: readonly Provider<SmsMessage>[]
  close(): Promise<void>
}

/** Each call opens connections of its own: lanes that must not wait for each other open their own providers. */
export function openProviders({ apns, fcm, sendgrid, twilio }: ProviderSettings): Providers {
  const apnsProvider = apns && openApns(apns)
  const fcmProvider = fcm && openFcm(fcm)
  const email = sendgrid ? [openSendGrid(sendgrid)] : []
  const sms = twilio ? [openTwilio(twilio)] : []
  const all = [apnsProvider, fcmProvider, ...email, ...sms]
  return {
    PUSH: { IOS: apnsProvider, ANDROID: fcmProvider, WEB: fcmProvider },
    EMAIL: email,
    SMS: sms,
    async close() {
      await Promise.all(all.map((provider) => provider?.close?.()))
    },
  }
}
