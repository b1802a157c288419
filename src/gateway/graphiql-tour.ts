import type { GraphiQLSettings } from './settings.ts'

export interface Tab {
  readonly query: string
  readonly variables?: string
  readonly headers?: string
}

/** Five minutes with Carillon, one tab for each step. */
export function tour(demo: GraphiQLSettings['demo']): readonly Tab[] {
  const asCaller = signedIn(demo?.apiKey ?? '<API key>')
  const asViewer = signedIn(demo?.viewerToken ?? '<user token>')
  const userId = demo?.userId ?? '<user id>'
  return [
    { query: send, variables: json({ userId }), headers: asCaller },
    { query: follow, variables: json({ id: 'ntf_… (from the first tab)' }), headers: asCaller },
    { query: inbox, headers: asViewer },
    { query: live, headers: asViewer },
    { query: people, variables: json({ userId }), headers: asCaller },
  ]
}

function signedIn(credentials: string): string {
  return json({ Authorization: `Bearer ${credentials}` })
}

function json(value: object): string {
  return JSON.stringify(value, null, 2)
}

const send = `# 1. Send a notification. You are signed in as a backend service: see "Headers" below.
#    It goes to the inbox, to the phones, by e-mail and by SMS at once.
mutation Send($userId: ID!) {
  sendNotification(
    input: {
      template: "order.shipped"
      audience: { userIds: [$userId] }
      data: { orderId: "1001", item: "Bell tower", carrier: "Pigeon Post" }
    }
  ) {
    __typename
    ... on SendNotificationPayload {
      notification { id state tier category }
    }
    ... on InvalidInput {
      message
      fields { path message }
    }
    ... on Overloaded { retryAfterMs }
  }
}
`

const follow = `# 2. What became of it? Put its id into "Variables" below.
query Funnel($id: ID!) {
  notification(id: $id) {
    state
    recipientCount
    funnel { stage count }
    deliveries {
      nodes {
        channel
        state
        reason
        provider
        attempts { at provider outcome latencyMs }
      }
    }
  }
}
`

const inbox = `# 3. The same notification as the person who got it sees it: this tab is signed in as her.
query Inbox {
  viewer {
    userId
    unreadCount
    inbox(first: 10) {
      nodes { id title body sentAt readAt }
      eventsCursor
    }
  }
}
`

const live = `# 4. Her inbox, live. Start this, then send another notification from the first tab.
subscription Live {
  inboxEvents {
    __typename
    unreadCount
    ... on InboxItemAdded { item { title body } }
    ... on InboxItemsChanged { items { id readAt } }
  }
}
`

const people = `# 5. Who there is, and what can be sent.
query PeopleAndTemplates($userId: ID!) {
  user(userId: $userId) {
    userId
    email
    phone
    devices { platform deviceId isActive }
  }
  templates(first: 20) {
    nodes { name tier category channels locales }
  }
}
`
