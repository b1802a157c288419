/** A campaign from its draft to its end: each operation by itself. */
export const campaign = `# 8. A campaign, a person a second. Create it, put its
#    id below "Variables": { "id": "cmp_…" }, start it;
#    the next tab shows how it goes.
mutation Create {
  createCampaign(
    input: {
      name: "Spring"
      template: "marketing.newsletter"
      audience: {
        userIds: ["ada", "bruno", "chiyo", "dana", "emil", "farah"]
      }
      data: { headline: "Bells!", teaser: "In spring." }
      perSecond: 1
    }
  ) {
    __typename
    ... on Campaign { id state }
    ... on InvalidInput { fields { path message } }
  }
}

mutation Start($id: ID!) {
  startCampaign(id: $id) { ...Outcome }
}

mutation Pause($id: ID!) {
  pauseCampaign(id: $id) { ...Outcome }
}

mutation Resume($id: ID!) {
  resumeCampaign(id: $id) { ...Outcome }
}

mutation Cancel($id: ID!) {
  cancelCampaign(id: $id) { ...Outcome }
}

fragment Outcome on CampaignResult {
  __typename
  ... on Campaign { state processed }
  ... on RequestError { code message }
}
`

export const campaignProgress = `# 9. Its progress, live: with the same variables.
subscription Progress($id: ID!) {
  campaignProgress(id: $id) {
    state
    processed
    recipientCount
    ratePerSecond
    estimatedEndAt
  }
}
`
