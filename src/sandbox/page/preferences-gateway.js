/** What the page asks of the gateway: as the person, or as the demo's caller. The sandbox signs in for it. */

class Refusal extends Error {}

const preferences = `timeZone hardStop channelOrder channels { channel enabled } categories { category channel enabled }
  quietHours { start end days }`
const decision = 'channel at rule outcome reason provider until'
const problems = '... on RequestError { message } ... on InvalidInput { fields { message } }'

export async function people() {
  return (await json(await fetch('/gateway/people'))).viewers
}

export async function templates() {
  const data = await ask('caller', '{ templates(first: 100) { nodes { name tier category channels } } }')
  return data.templates.nodes
}

export async function preferencesOf(userId) {
  return (await ask(userId, `{ viewer { preferences { ${preferences} } } }`)).viewer.preferences
}

export async function change(userId, input) {
  const mutation = `mutation ($input: UpdatePreferencesInput!) {
    updatePreferences(input: $input) { __typename ... on Preferences { ${preferences} } ${problems} } }`
  return must((await ask(userId, mutation, { input })).updatePreferences, 'Preferences')
}

/** `at` is an instant; null: now. */
export async function preview(userId, input, at) {
  const query = `query ($input: SendNotificationInput!, $userId: ID!, $at: DateTime) {
    preview(input: $input, recipientId: $userId, at: $at) { __typename
      ... on Preview { problems decisions { ${decision} } contents { channel title subject body } } ${problems} } }`
  const variables = { input: forPerson(userId, input), userId, at }
  return must((await ask('caller', query, variables)).preview, 'Preview')
}

/** The notification's id. */
export async function sendOne(userId, input) {
  const mutation = `mutation ($input: SendNotificationInput!) {
    sendNotification(input: $input) { __typename ... on SendNotificationPayload { notification { id } } ${problems} } }`
  const { sendNotification } = await ask('caller', mutation, { input: forPerson(userId, input) })
  return must(sendNotification, 'SendNotificationPayload').notification.id
}

export async function explain(userId, notificationId) {
  const query = `query ($notificationId: ID!, $userId: ID!) {
    explainDelivery(notificationId: $notificationId, recipientId: $userId) { decisions { ${decision} } } }`
  return (await ask('caller', query, { notificationId, userId })).explainDelivery?.decisions ?? []
}

function forPerson(userId, input) {
  return { ...input, audience: { userIds: [userId] } }
}

async function ask(as, query, variables = {}) {
  const headers = { 'content-type': 'application/json', 'x-demo-as': as }
  const response = await fetch('/gateway/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await json(response)
  if (errors?.length) throw new Refusal(errors.map(({ message }) => message).join(' '))
  return data
}

async function json(response) {
  const body = await response.json().catch(() => ({ error: `The sandbox answered ${response.status}.` }))
  if (body.error) throw new Refusal(body.error)
  return body
}

function must(result, type) {
  if (result.__typename === type) return result
  throw new Refusal(result.fields?.map(({ message }) => message).join(' ') || result.message)
}
