import type { InAppContent } from '../domain/content.ts'
import { decideAgain } from '../domain/decide.ts'
import type { Notification, Slice } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import type { ProviderChannel } from '../domain/words.ts'
import type { Database } from '../store/database.ts'
import type { NewInboxItem } from '../store/inbox-write.ts'
import type { ReachableRecipient } from '../store/recipients.ts'
import { compiledVersion, type Renderer } from './content.ts'

/** What becomes of deliveries that no provider of their channel takes, where their template says `inboxFallback`. */
export interface InboxFallback {
  /** Whether the inbox may take it: the notification is not there already, and its recipient allows it. */
  mayTake(recipientId: string): boolean
  itemsFor(recipientIds: readonly string[], sentAt: Date): readonly NewInboxItem[]
}

export interface FallbackWork {
  readonly slice: Slice
  readonly notification: Notification
  readonly recipients: ReadonlyMap<string, ReachableRecipient>
  readonly render: Renderer
  readonly policy: Policy
  readonly now: Date
}

export async function openInboxFallback(database: Database, work: FallbackWork): Promise<InboxFallback> {
  const { slice, notification, recipients, render, policy, now } = work
  const template = await compiledVersion(database, notification.template, notification.templateVersion)
  const isWanted = template.inboxFallback && notification.secret === null && !notification.channels.includes('IN_APP')
  const inInbox = { ...notification, channels: [...notification.channels, 'IN_APP' as const] }
  const hasText = template.contents.some(({ texts }) => texts.IN_APP !== undefined)
  return {
    mayTake(recipientId) {
      const recipient = recipients.get(recipientId)
      if (!isWanted || recipient === undefined) return false
      return decideAgain(inInbox, recipient, 'IN_APP', now, policy).outcome === 'deliver'
    },
    itemsFor(recipientIds, sentAt) {
      const { id: notificationId, tier, category, data } = notification
      return recipientIds.flatMap((userId) => {
        const recipient = recipients.get(userId)
        if (recipient === undefined) return []
        const content = hasText ? render('IN_APP', recipient) : cardOf(slice.channel, recipient, render)
        return [{ ...content, userId, notificationId, tier, category, data, sentAt }]
      })
    },
  }
}

/** The text of another channel, for a template that has none for the inbox. */
function cardOf(channel: ProviderChannel, recipient: ReachableRecipient, render: Renderer): InAppContent {
  switch (channel) {
    case 'PUSH':
      return render('PUSH', recipient)
    case 'EMAIL': {
      const { subject, text } = render('EMAIL', recipient)
      return { title: subject, body: text, actions: [] }
    }
    case 'SMS': {
      const { body } = render('SMS', recipient)
      return { title: body, body: '', actions: [] }
    }
  }
}
