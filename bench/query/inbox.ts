import type { InboxItem } from '../../src/domain/inbox-item.ts'

/** What every contender is asked and answers: the inbox as a client shows it. */
export const inboxQuery = `query Inbox {
  viewer {
    inbox(first: 20) {
      nodes { id notificationId tier category title body imageUrl deepLink sentAt readAt }
      pageInfo { hasNextPage endCursor }
    }
  }
}`

export const userId = 'bench'
const itemCount = 40

/** Newest first. */
export const items: readonly InboxItem[] = Array.from({ length: itemCount }, (_, n) => itemCount - n).map((seq) => ({
  userId,
  notificationId: `ntf_01j0000000000000000000${String(seq).padStart(4, '0')}`,
  createdSeq: seq,
  changedSeq: seq,
  tier: 'SOCIAL',
  category: 'social.like',
  title: `Ada likes your post no. ${seq}`,
  body: 'So do 12 others. Say hello back, or look at who they are first.',
  imageUrl: 'https://social.example.com/images/cover.png',
  deepLink: `https://social.example.com/posts/${seq}`,
  actions: [],
  data: null,
  sentAt: new Date(Date.UTC(2026, 10, 22, 10, 0, seq)),
  readAt: null,
  archivedAt: null,
}))
