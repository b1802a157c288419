import { apns } from './apns.ts'
import { fcm } from './fcm.ts'
import type { Provider } from './provider.ts'
import type { Secrets } from './secrets.ts'
import { sendgrid } from './sendgrid.ts'
import { twilio } from './twilio.ts'

/** The one list of providers: a new one is a file and a word here. */
const makers = [apns, fcm, sendgrid, twilio]

export function openProviders(secrets: Secrets): readonly Provider[] {
  return makers.map((make) => make(secrets))
}
