import type { Providers } from '../channels/providers.ts'
import { collapseId } from '../domain/ids.ts'
import type { ProviderName, Tier } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { pushesRead } from '../store/pushes-read.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { InboxReadBody } from '../streams/messages.ts'
import type { Gate } from './gate.ts'

export interface ClearPushesDeps {
  readonly database: Database
  readonly providers: Pick<Providers, 'PUSH'>
  readonly gates: (provider: ProviderName) => Pick<Gate, 'isClosed'>
  readonly readRecipients: ReadRecipients
  readonly hurry: AbortSignal
}

/**
 * Has her other devices take away what she has read in the inbox, where their platform can. A courtesy: it is tried once,
 * and not while a provider takes no calls.
 */
export async function clearPushes(
  deps: ClearPushesDeps,
  tier: Tier,
  { userId, notificationIds }: InboxReadBody,
): Promise<void> {
  const { database, providers, gates, readRecipients, hurry } = deps
  const pushes = await pushesRead(database, tier, userId, notificationIds)
  if (pushes.length === 0) return
  const collapseIds = pushes.map(({ notificationId, callerId, collapseKey }) =>
    collapseId({ notificationId, channel: 'PUSH', recipientId: userId }, collapseKey ?? undefined, callerId),
  )
  const recipient = (await readRecipients(database.pool, [userId])).get(userId)
  if (recipient === undefined || recipient.preferences.hardStop) return
  const outcomes = await Promise.all(
    recipient.devices.map((target) => {
      // A browser shows something of its own for a push for which its page shows nothing: there it stays.
      if (target.platform === 'WEB') return undefined
      const provider = providers.PUSH[target.platform]
      if (provider?.clear === undefined || gates(provider.name).isClosed()) return undefined
      return provider.clear({ target, collapseIds }, hurry)
    }),
  )
  const refused = outcomes.filter((outcome) => outcome !== undefined && outcome.kind !== 'accepted')
  if (refused.length > 0)
    log.debug({ userId, outcomes: refused.length }, 'what was read could not be cleared everywhere')
}
