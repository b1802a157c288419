import { apns } from './apns.ts'
import { fcm } from './fcm.ts'
import type { Provider } from './provider.ts'
import type { Secrets } from './secrets.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { smtp } from './smtp.ts'
import { twilio } from './twilio.ts'
import { vonage } from './vonage.ts'

/** The one list of providers: a new one is a file and a word here. */
const makers = [apns, fcm, sendgrid, ses, smtp, twilio, vonage]

export function openProviders(secrets: Secrets): readonly Provider[] {
  return makers.map((make) => make(secrets))
}
