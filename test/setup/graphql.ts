import type { CarillonAddress } from './carillon.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** JSON; text where it is none. */
  readonly body: unknown
}

/** Sends a body to `/graphql` as JSON; a string goes as it is. */
export async function post(
  { demo }: Pick<CarillonAddress, 'demo'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${demo.gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

export function bearer(credential: string): { readonly authorization: string } {
  return { authorization: `Bearer ${credential}` }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
