import { z } from 'zod'

/** What one request came to. `later`: the service asks for patience; `none`: nobody knows. */
export type Answer =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'refused' | 'later' | 'none'; readonly reason: string }

const mutation = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationPayload { notification { id } }
    ... on RequestError { code message }
  }
}`

const answered = z.object({
  data: z
    .object({
      sendNotification: z.object({
        __typename: z.string(),
        notification: z.object({ id: z.string() }).optional(),
        code: z.string().optional(),
      }),
    })
    .nullish(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string().optional() }).optional() })).optional(),
})

/** Longer than a gateway gives a mutation. */
const timeoutMs = 12_000

/** Sends a mutation to the gateway, as a caller would who is ready for anything. */
export async function sendOnce(
  { gateway, apiKey }: { readonly gateway: string; readonly apiKey: string },
  input: unknown,
): Promise<Answer> {
  try {
    const response = await fetch(`${gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query: mutation, variables: { input } }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.status === 429 || response.status === 503) {
      await response.arrayBuffer()
      return { kind: 'later', reason: `HTTP ${response.status}` }
    }
    return sorted(answered.parse(await response.json()))
  } catch (error) {
    return { kind: 'none', reason: error instanceof Error ? error.message : String(error) }
  }
}

function sorted({ data, errors }: z.infer<typeof answered>): Answer {
  const result = data?.sendNotification
  if (result?.notification !== undefined) return { kind: 'accepted', id: result.notification.id }
  if (result?.code === 'OVERLOADED') return { kind: 'later', reason: result.code }
  if (result !== undefined) return { kind: 'refused', reason: result.code ?? result.__typename }
  // A fault of the service's own: whether it was committed before that, only asking again can tell.
  const code = errors?.[0]?.extensions?.code ?? 'an answer without data'
  return { kind: code === 'INTERNAL' || code === 'TIMEOUT' ? 'none' : 'refused', reason: code }
}
