import type { Checkup } from '../domain/checkup.ts'
import { warning } from '../domain/diagnosis.ts'
import { checkSendGrid } from './email/check-sendgrid.ts'
import { checkSes } from './email/check-ses.ts'
import { checkSmtp } from './email/check-smtp.ts'
import type { ProviderSettings } from './providers.ts'
import { checkApns } from './push/check-apns.ts'
import { checkFcm } from './push/check-fcm.ts'
import { checkTwilio } from './sms/check-twilio.ts'
import { checkVonage } from './sms/check-vonage.ts'

/** Asks each provider that has settings something harmless with its credentials. */
export async function checkProviders(accounts: ProviderSettings): Promise<readonly Checkup[]> {
  const { apns, fcm, sendgrid, ses, smtp, twilio, vonage } = accounts
  const checks = [
    apns && checkApns(apns),
    fcm && checkFcm(fcm),
    sendgrid && checkSendGrid(sendgrid),
    ses && checkSes(ses),
    smtp && checkSmtp(smtp),
    twilio && checkTwilio(twilio),
    vonage && checkVonage(vonage),
  ].filter((check) => check !== undefined)
  if (checks.length > 0) return Promise.all(checks)
  return [{ diagnoses: [warning('providers', 'there are none', 'configure one: nothing but the inbox works without')] }]
}
