import { parseDeliveryId } from '../domain/ids.ts'
import { outcomeOfReport } from '../domain/report.ts'
import type { AddressChannel } from '../domain/suppressed-address.ts'
import type { Channel, ProviderName } from '../domain/words.ts'
import { addressDigest } from '../store/address-digest.ts'
import type { Cipher } from '../store/cipher.ts'
import { hasChosenSince } from '../store/consent.ts'
import type { Database } from '../store/database.ts'
import { applyReports } from '../store/reports.ts'
import { suppressReported } from '../store/suppressions.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import { type FeedbackBody, notificationChanged } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { feedbackEvents } from './metrics.ts'

export interface ReportDeps {
  readonly database: Database
  readonly streams: Pick<Streams, 'signal'>
  readonly cipher: Pick<Cipher, 'hash'>
  readonly now: () => Date
}

type Told = Extract<FeedbackBody, { readonly kind: 'reports' }>['reports'][number]

export type Report = Told & { readonly provider: ProviderName }

/** Draws the consequences of what providers tell of deliveries. Any order will do, and any number of times. */
export async function hearReports(deps: ReportDeps, reports: readonly Report[]): Promise<void> {
  const { database, streams, cipher } = deps
  const heard = reports.flatMap((report) => {
    const key = parseDeliveryId(report.deliveryId)
    return key === undefined ? [] : [{ ...report, ...outcomeOfReport(report), key, at: new Date(report.at) }]
  })
  const changed = await applyReports(
    database,
    heard.map(({ key, state, reason, provider, at }) => ({ ...key, state, reason, provider, at })),
  )
  for (const notificationId of changed) streams.signal(notificationChanged, notificationId, { notificationId })
  await suppressReported(
    database.pool,
    heard.flatMap(({ key: { channel, recipientId: userId }, suppress, at }) =>
      suppress && isAddressed(channel)
        ? [{ channel, userId, reason: suppress.reason, digest: suppress.digest, at }]
        : [],
    ),
    (channel, address) => addressDigest(cipher, channel, address),
  )
  const unsubscribed = heard.filter(({ kind }) => kind === 'unsubscribed')
  await Promise.all(unsubscribed.map(({ key, at }) => unsubscribe(deps, key.recipientId, at)))
  for (const { provider, kind } of reports) feedbackEvents.inc({ provider, event: kind })
}

/** No more mail, unless she has said something else of mail since. */
async function unsubscribe({ database, now }: ReportDeps, userId: string, since: Date): Promise<void> {
  if (await hasChosenSince(database.pool, userId, 'EMAIL', since)) return
  await updatePreferences(database, {
    userId,
    change: { channels: [{ channel: 'EMAIL', enabled: false }] },
    source: { changedBy: userId, credential: 'email_unsubscribe' },
    at: now(),
  })
}

function isAddressed(channel: Channel): channel is AddressChannel {
  return channel === 'EMAIL' || channel === 'SMS'
}
