import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeliveryKey, deliveryId } from '../../src/domain/ids.ts'
import { listen } from '../../src/gateway/listen.ts'
import type { WebhookSettings } from '../../src/gateway/settings.ts'
import type { News } from '../../src/sandbox/news.ts'
import { openSecrets } from '../../src/sandbox/secrets.ts'
import type { WebhookCall } from '../../src/sandbox/sender.ts'
import { openSenders, type Senders } from '../../src/sandbox/senders.ts'
import { twilioSecrets } from '../../src/sandbox/twilio.ts'
import { publicUrl } from './twilio.ts'

/** Those who send webhooks in the sandbox, without the rest of it, and the settings by which a gateway checks them. */
export interface TestSenders extends Pick<Senders, 'ses'> {
  readonly settings: WebhookSettings
  /** What a provider would send of one message. */
  call(provider: string, key: DeliveryKey, kind: News['kind'], change?: CallChange): Promise<WebhookCall>
  close(): void
}

interface CallChange {
  readonly address?: string
  readonly at?: Date
}

export interface SandboxOfSenders {
  /** Where it keeps its keys. */
  readonly folder: string
  readonly url: string
  /** Where providers believe the gateway to be. */
  readonly gateway: string
}

/** With the keys of a sandbox that runs already, or with some of their own. */
export async function startSenders(sandbox?: SandboxOfSenders): Promise<TestSenders> {
  const folder = sandbox?.folder ?? mkdtempSync(join(tmpdir(), 'carillon-senders-'))
  const to = sandbox?.gateway ?? publicUrl
  const secrets = openSecrets(folder)
  const { ses, all, environment } = openSenders(secrets, folder, () => sandbox?.url ?? url)
  const sns = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', url)
    if (pathname === '/sns/certificate.pem') return response.end(await ses.certificate())
    const isConfirmed = pathname === '/sns/confirm' && ses.confirm(searchParams.get('Token') ?? '')
    return response.writeHead(isConfirmed ? 200 : 403).end()
  })
  const url = `http://127.0.0.1:${await listen(sns, '127.0.0.1', 0)}`
  const variable = (name: string) => environment()[name] ?? ''
  return {
    ses,
    settings: {
      publicUrl: to,
      sendgrid: { publicKey: variable('SENDGRID_WEBHOOK_KEY') },
      ses: { topicArn: variable('SES_TOPIC_ARN'), certificateUrl: variable('SNS_CERT_URL') },
      twilio: { authToken: twilioSecrets(secrets).token },
      vonage: { signatureSecret: variable('VONAGE_SIGNATURE_SECRET') },
    },
    async call(provider, key, kind, { address = 'somebody', at = new Date() } = {}) {
      const id = deliveryId(key)
      const statusCallback = `${to}/webhooks/twilio?delivery=${encodeURIComponent(id)}`
      const providerId = `SM${randomBytes(16).toString('hex')}`
      const news = { provider, kind, to: address, deliveryId: id, providerId, statusCallback, afterMs: 0 }
      const calls = await all.find((sender) => sender.provider === provider)?.calls([news], at)
      const [call] = calls ?? []
      if (call === undefined) throw new Error(`${provider} sends nothing`)
      return call
    },
    close() {
      sns.close()
      if (sandbox === undefined) rmSync(folder, { recursive: true })
    },
  }
}

/** A request, also one that no provider would make. */
export type Request = Omit<WebhookCall, 'method' | 'news'> & { readonly method: string }

/** Sends it to a gateway; resolves with the status and the body of the answer. */
export async function post(
  gatewayUrl: string,
  { method, path, headers, body }: Request,
): Promise<readonly [number, string]> {
  const response = await fetch(gatewayUrl + path, { method, headers, ...(method === 'GET' ? {} : { body }) })
  return [response.status, await response.text()]
}
