import type { Database } from '../store/database.ts'
import { isPastReply, keepReply } from '../store/sms-replies.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import type { FeedbackBody } from '../streams/messages.ts'
import { feedbackEvents } from './metrics.ts'

export interface FeedbackDeps {
  readonly database: Database
  readonly now: () => Date
}

/** Draws the consequences of what a provider has reported. */
export async function feedback(deps: FeedbackDeps, body: FeedbackBody): Promise<void> {
  feedbackEvents.inc({ provider: body.provider, event: body.kind === 'reply' ? body.word : body.kind })
  switch (body.kind) {
    case 'reply':
      return obeyReply(deps, body)
    case 'status':
      // Evidence of what became of a delivery: nothing waits for it yet.
      return
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
  if (preferences !== undefined) await keepReply(database, reply)
}
