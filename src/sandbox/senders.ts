import type { Secrets } from './secrets.ts'
import type { Sender } from './sender.ts'
import { sendgridEvents } from './sendgrid-events.ts'
import { type SesEvents, sesEvents, topicArn } from './ses-events.ts'
import { openSnsCertificate } from './sns-certificate.ts'
import { twilioCallbacks } from './twilio-callbacks.ts'
import { vonageReceipts } from './vonage-receipts.ts'

export interface Senders {
  readonly all: readonly Sender[]
  readonly ses: SesEvents
  /** The variables with which the gateway checks what they send. */
  environment(): Readonly<Record<string, string>>
}

/** Everybody who tells what becomes of a message; `url` is where the sandbox is, once it listens. */
export function openSenders(secrets: Secrets, folder: string, url: () => string): Senders {
  const sendgrid = sendgridEvents(secrets)
  const ses = sesEvents({ openCertificate: () => openSnsCertificate(folder), url })
  const vonage = vonageReceipts(secrets)
  return {
    all: [sendgrid, ses, twilioCallbacks(secrets), vonage],
    ses,
    environment: () => ({
      SENDGRID_WEBHOOK_KEY: sendgrid.publicKey,
      SES_TOPIC_ARN: topicArn,
      SNS_CERT_URL: `${url()}/sns/certificate.pem`,
      VONAGE_SIGNATURE_SECRET: vonage.signatureSecret,
    }),
  }
}
