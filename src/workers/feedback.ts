import type { Database } from '../store/database.ts'
import { isPastReply, keepReply } from '../store/sms-replies.ts'
import { liftStop } from '../store/suppressions.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import type { FeedbackBody } from '../streams/messages.ts'
import { feedbackEvents } from './metrics.ts'
import type { Report } from './reports.ts'

export interface FeedbackDeps {
  readonly database: Database
  /** Takes what providers tell of deliveries; resolves when that has been written down. */
  readonly hear: (reports: readonly Report[]) => Promise<void>
  readonly now: () => Date
}

/** Draws the consequences of what a provider has reported. */
export async function feedback(deps: FeedbackDeps, body: FeedbackBody): Promise<void> {
  switch (body.kind) {
    case 'reply':
      feedbackEvents.inc({ provider: body.provider, event: body.word })
      return obeyReply(deps, body)
    case 'reports':
      return deps.hear(body.reports.map((report) => ({ ...report, provider: body.provider })))
  }
}

type Reply = Extract<FeedbackBody, { readonly kind: 'reply' }>

async function obeyReply({ database, now }: FeedbackDeps, { userId, provider, messageId, word, at }: Reply) {
  const reply = { userId, provider, messageId, word, at: new Date(at) }
  if (await isPastReply(database, reply)) return
  const preferences = await updatePreferences(database, {
    userId,
    change: { channels: [{ channel: 'SMS', enabled: word === 'start' }] },
    source: { changedBy: userId, credential: 'sms_reply' },
    at: now(),
  })
  // Of somebody who is gone nothing is kept.
  if (preferences === undefined) return
  if (word === 'start') await liftStop(database.pool, userId)
  await keepReply(database, reply)
}
