import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openWebhooks } from '../channels/webhooks.ts'
import { openLedger } from './ledger.ts'
import type { Entry } from './row.ts'
import { openSecrets } from './secrets.ts'
import { openSenders } from './senders.ts'
import { aDataDir, aDeliveryId } from './test-clients.ts'
import { twilioSecrets } from './twilio.ts'
import { createWebhooks } from './webhooks.ts'

const patience = { timeout: 10_000 }

/** What the gateway has understood: "delivered ada~…", by the provider that told it. */
type Told = Readonly<Record<string, readonly string[]>>

/** A gateway that reads webhooks as ours does, a sandbox without its providers, and the SNS of that sandbox. */
async function aSandbox({ refusals = 0 } = {}) {
  const folder = aDataDir()
  const secrets = openSecrets(folder)
  const ledger = await openLedger(join(folder, 'ledger.ndjson'))
  const senders = openSenders(secrets, folder, () => sns.url)
  const sns = await listening(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', sns.url)
    if (pathname.endsWith('.pem')) return response.end(await senders.ses.certificate())
    senders.ses.confirm(searchParams.get('Token') ?? '')
    return response.end()
  })
  const environment = senders.environment()
  const variable = (name: string) => environment[name] ?? ''
  const webhooks = openWebhooks('https://public.example', {
    sendgrid: { publicKey: variable('SENDGRID_WEBHOOK_KEY') },
    ses: { topicArn: variable('SES_TOPIC_ARN'), certificateUrl: variable('SNS_CERT_URL') },
    twilio: { authToken: twilioSecrets(secrets).token },
    vonage: { signatureSecret: variable('VONAGE_SIGNATURE_SECRET') },
  })
  const told: Record<string, string[]> = {}
  const requests: string[] = []
  const gateway = await listening(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const { method = '', url = '', headers } = request
    requests.push(url)
    if (requests.length <= refusals) return response.writeHead(503).end()
    const [provider, webhook] = webhooks.find(([name]) => url.startsWith(`/webhooks/${name}`)) ?? []
    const reading = await webhook?.read({ method, url, headers, body, at: new Date() })
    const events = reading?.kind === 'events' ? reading.events : []
    const words = events.flatMap((each) => (each.kind === 'reply' ? [] : [`${each.kind} ${each.deliveryId}`]))
    told[provider ?? ''] = [...(told[provider ?? ''] ?? []), ...words]
    return response.writeHead(reading?.kind === 'events' ? 204 : 401).end()
  })
  const sandbox = createWebhooks(ledger, gateway.url, senders.all)
  onTestFinished(async () => {
    await sandbox.close()
    await ledger.close()
  })
  return { ledger, told: told as Told, requests }
}

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }
}

function anEntry(provider: string, to: string, user: string): Entry {
  const channel = to.includes('@') ? 'EMAIL' : 'SMS'
  const deliveryId = aDeliveryId(channel === 'EMAIL' ? 'email' : 'sms', user)
  const statusCallback = `https://public.example/webhooks/twilio?delivery=${encodeURIComponent(deliveryId)}`
  const providerId = `SM${'0'.repeat(32)}`
  const ids = { recipientId: user, notificationId: null, deliveryId, collapseId: null }
  return { provider, channel, to, ...ids, content: 'hi', providerId, statusCallback }
}

const mail = (user: string) => aDeliveryId('email', user)
const sms = (user: string) => aDeliveryId('sms', user)

test.each(['sendgrid', 'ses'])('%s tells that a mail was accepted, and has arrived', async (provider) => {
  const { ledger, told } = await aSandbox()
  await ledger.append([anEntry(provider, 'ada@example.com', 'ada')])
  await expect
    .poll(() => told[provider]?.toSorted(), patience)
    .toEqual([`accepted ${mail('ada')}`, `delivered ${mail('ada')}`])
})

test.each(['twilio', 'vonage'])('%s tells that an SMS was accepted, and has arrived', async (provider) => {
  const { ledger, told } = await aSandbox()
  await ledger.append([anEntry(provider, '+4915112345678', 'ada')])
  await expect
    .poll(() => told[provider]?.toSorted(), patience)
    .toEqual([`accepted ${sms('ada')}`, `delivered ${sms('ada')}`])
})

test.each([
  ['sendgrid', 'bounce+1@example.com', ['accepted', 'bounced']],
  ['sendgrid', 'softbounce@example.com', ['accepted', 'accepted']],
  ['sendgrid', 'complaint@example.com', ['accepted', 'delivered', 'complained']],
  ['sendgrid', 'unsubscribe@example.com', ['accepted', 'delivered', 'unsubscribed']],
  ['ses', 'bounce@example.com', ['accepted', 'bounced']],
  ['ses', 'complaint@example.com', ['accepted', 'delivered', 'complained']],
  ['ses', 'unsubscribe@example.com', ['accepted', 'delivered', 'unsubscribed']],
  ['twilio', '+15005551001', ['accepted', 'bounced']],
  ['twilio', '+15005552001', ['accepted', 'failed']],
  ['vonage', '+15005551001', ['accepted', 'bounced']],
])('%s plays what %s stands for', async (provider, to, kinds) => {
  const { ledger, told } = await aSandbox()
  await ledger.append([anEntry(provider, to, 'ada')])
  const id = to.includes('@') ? mail('ada') : sms('ada')
  await expect.poll(() => told[provider]?.toSorted(), patience).toEqual(kinds.map((kind) => `${kind} ${id}`).sort())
})

test('says nothing of what is silent, of pushes, and of mail that an ordinary server has taken', async () => {
  const { ledger, told, requests } = await aSandbox()
  const push = { ...anEntry('apns', 'token', 'ada'), channel: 'PUSH' as const }
  await ledger.append([
    anEntry('sendgrid', 'silent@example.com', 'eve'),
    anEntry('twilio', '+15005553001', 'eve'),
    anEntry('smtp', 'ada@example.com', 'eve'),
    { ...anEntry('twilio', '+4915112345678', 'eve'), statusCallback: undefined },
    push,
    anEntry('twilio', '+4915112345678', 'ada'),
  ])
  await expect
    .poll(() => told['twilio']?.toSorted(), patience)
    .toEqual([`accepted ${sms('ada')}`, `delivered ${sms('ada')}`])
  expect([Object.keys(told), requests.length]).toEqual([['twilio'], 2])
})

test('tells much in few requests, where the provider does', async () => {
  const { ledger, told, requests } = await aSandbox()
  await ledger.append(Array.from({ length: 100 }, (_, n) => anEntry('sendgrid', `u${n}@example.com`, `u${n}`)))
  await expect.poll(() => told['sendgrid']?.length, patience).toBe(200)
  expect(requests.length).toBeLessThan(10)
})

test('tells again what the gateway could not take', async () => {
  const { ledger, told, requests } = await aSandbox({ refusals: 3 })
  await ledger.append([anEntry('sendgrid', 'ada@example.com', 'ada'), anEntry('twilio', '+4915112345678', 'bob')])
  await expect
    .poll(() => [told['sendgrid']?.toSorted(), told['twilio']?.toSorted()], patience)
    .toEqual([
      [`accepted ${mail('ada')}`, `delivered ${mail('ada')}`],
      [`accepted ${sms('bob')}`, `delivered ${sms('bob')}`],
    ])
  expect(requests.length).toBeGreaterThan(3)
})
