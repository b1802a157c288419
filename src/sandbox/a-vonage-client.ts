import type { Sandbox } from './start.ts'
import { defaultPatienceMs, exchange, type Seen, type TestClient, texts, value } from './test-clients.ts'

export interface VonageOptions {
  readonly message?: Readonly<Record<string, unknown>>
  readonly secret?: string
  readonly form?: boolean
  readonly path?: string
}

export function vonageClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: VonageOptions): Promise<Seen> } {
  const key = value(sandbox, 'VONAGE_API_KEY')
  const request = ({ message, secret = value(sandbox, 'VONAGE_API_SECRET'), form, path }: VonageOptions = {}) => {
    const fields = { from: 'Carillon', to: '351912345678', text: 'Hello', ...message }
    const sent = form
      ? { body: new URLSearchParams(texts(Object.entries({ api_key: key, api_secret: secret, ...fields }))) }
      : {
          headers: {
            authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify(fields),
        }
    return exchange(value(sandbox, 'VONAGE_URL') + (path ?? '/sms/json'), sent, patienceMs)
  }
  const send = (to = '+351912345678') => request({ message: { to: to.replace('+', '') } })
  return { provider: 'vonage', request, send, close() {} }
}
