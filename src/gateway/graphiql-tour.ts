import { campaign, campaignProgress } from './graphiql-tour-campaigns.ts'
import type { GraphiQLSettings } from './settings.ts'

export interface Tab {
  readonly query: string
  readonly headers: string
}

/** Five minutes with Carillon, one tab for each step: nothing has to be filled in where there is a demo. */
export function tour(demo: GraphiQLSettings['demo']): readonly [Tab, ...Tab[]] {
  const asCaller = signedIn(demo?.apiKey ?? '<API key>')
  const asAdmin = signedIn(demo?.adminApiKey ?? '<admin API key>')
  const asViewer = signedIn(demo?.viewerToken ?? '<user token>')
  const asBulkCaller = signedIn(demo?.bulkApiKey ?? '<API key with the grant bulk>')
  const userId = demo?.userId ?? '<user id>'
  return [
    { query: send(userId), headers: asCaller },
    { query: funnel, headers: asCaller },
    { query: inbox, headers: asViewer },
    { query: live, headers: asViewer },
    { query: people(userId), headers: asCaller },
    { query: providers, headers: asAdmin },
    { query: audiences, headers: asBulkCaller },
    { query: campaign, headers: asAdmin },
    { query: campaignProgress, headers: asAdmin },
  ]
}

function signedIn(credentials: string): string {
  return JSON.stringify({ Authorization: `Bearer ${credentials}` }, null, 2)
}

const send = (userId: string) => `# 1. Send a notification: to the inbox, to the
#    phones, by e-mail and by SMS at once.
#    You are a backend service here: see "Headers".
mutation Send {
  sendNotification(
    input: {
      template: "order.shipped"
      audience: { userIds: ["${userId}"] }
      data: {
        orderId: "1001"
        item: "Bell tower"
        carrier: "Pigeon Post"
      }
    }
  ) {
    __typename
    ... on SendNotificationPayload {
      notification { id state tier category }
    }
    ... on RequestError { code message }
  }
}
`

const funnel = `# 2. What has become of it? Your newest
#    notification, its deliveries, and every
#    call to a provider.
query Funnel {
  notifications(first: 1) {
    nodes {
      id
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
}
`

const inbox = `# 3. The same notification as the one who got it
#    sees it: this tab is signed in as a user.
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

const live = `# 4. The inbox, live. Start this, then send another
#    notification from the first tab.
subscription Live {
  inboxEvents {
    __typename
    unreadCount
    ... on InboxItemAdded {
      item { id title body }
    }
    ... on InboxItemsChanged {
      items { id readAt }
    }
  }
}
`

const people = (userId: string) => `# 5. Who there is, and what can be sent.
query PeopleAndTemplates {
  user(userId: "${userId}") {
    userId
    email
    phone
    timeZone
    devices { platform deviceId isActive }
  }
  templates(first: 20) {
    nodes { name tier category channels locales }
  }
}
`

const providers = `# 6. How the providers are: this tab is signed in as
#    an administrator. Break one, and see its breaker:
#    curl -X PUT <sandbox>/faults/apns \\
#      -d '{"kind":"hang"}'
query Providers {
  providers {
    name
    channel
    breaker
    breakers { tier state openedBecause openUntil }
    budgetPerSecond
    perSecond
    p99Ms
    failureRate
  }
}
`

const audiences = `# 7. To many at once: whoever follows somebody, is
#    in a topic, or in a segment. Choose what to run.
mutation Followers {
  sendNotification(
    input: {
      template: "social.post"
      audience: { followersOf: "belfry" }
      data: { who: "Belfry", text: "Hear, hear" }
    }
  ) {
    __typename
    ... on SendNotificationPayload {
      notification { id state }
    }
    ... on RequestError { code message }
  }
}

query Segments {
  segments {
    nodes { name memberCount countedAt filter }
  }
  previewSegment(
    filter: {
      any: [
        { attribute: { path: "address.city", equals: "Pune" } }
        { attribute: { path: "plan", equals: "free" } }
      ]
    }
  ) {
    ... on SegmentPreview {
      memberCount
      sampleUserIds
      unknownPaths
    }
    ... on InvalidInput {
      fields { path message }
    }
  }
}
`
