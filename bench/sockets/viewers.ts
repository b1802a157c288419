import { hash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { InboxItem } from '../../src/domain/inbox-item.ts'
import type { NewInboxItem } from '../../src/store/inbox-write.ts'

/** What every viewer subscribes to: what an application shows of an item. */
export const inboxEvents = `subscription InboxEvents {
  inboxEvents {
    __typename
    cursor
    unreadCount
    ... on InboxItemAdded {
      item { id notificationId category title body imageUrl deepLink sentAt readAt }
    }
  }
}`

/** Every crowd has viewers of its own: they all listen at the same NATS. */
export const viewer = (crowd: string, n: number): string => `${hash('sha1', crowd).slice(0, 8)}-${n}`

export function token(secret: string, userId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('2 hours')
    .sign(new TextEncoder().encode(secret))
}

/** The notification that each of them is sent, as it is in memory. `seq` counts for each viewer. */
export function itemOf(userId: string, seq: number): InboxItem {
  return {
    userId,
    notificationId: `ntf_01j0000000000${String(seq).padStart(13, '0')}`,
    createdSeq: seq,
    changedSeq: seq,
    tier: 'SOCIAL',
    category: 'social.like',
    title: 'Ada likes your post',
    body: 'So do 12 others. Say hello back, or look at who they are first.',
    imageUrl: 'https://social.example.com/images/cover.png',
    deepLink: 'https://social.example.com/posts/latest',
    actions: [],
    data: null,
    sentAt: new Date(Date.UTC(2026, 10, 22)),
    readAt: null,
    archivedAt: null,
  }
}

/** The same to be stored. */
export function newItemOf(userId: string, seq: number): NewInboxItem {
  const { notificationId, tier, category, title, body, actions, data, sentAt } = itemOf(userId, seq)
  const links = {
    imageUrl: 'https://social.example.com/images/cover.png',
    deepLink: 'https://social.example.com/posts',
  }
  return { userId, notificationId, tier, category, title, body, actions, data, sentAt, ...links }
}
