import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, value } from './test-clients.ts'

interface Seen {
  readonly path: string | undefined
  readonly signature: string | string[] | undefined
  readonly form: Readonly<Record<string, string>>
}

const seen: Seen[] = []
const gateway = createServer(async (request, response) => {
  const chunks: Buffer[] = await request.toArray()
  const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
  seen.push({ path: request.url, signature: request.headers['x-twilio-signature'], form })
  response.writeHead(204).end()
})
let sandbox: Sandbox

beforeAll(async () => {
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const address = gateway.address()
  const port = typeof address === 'object' ? address?.port : undefined
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir(), gateway: `http://127.0.0.1:${port}/` })
})
afterAll(async () => {
  await sandbox.close()
  gateway.close()
})

async function reply(body: unknown, { url } = sandbox, contentType = 'application/json') {
  const headers = { 'content-type': contentType }
  const response = await fetch(`${url}/sms/replies`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}

test('tells the gateway of a reply as Twilio does', async () => {
  const messageSid = `SM${'0'.repeat(32)}`
  expect(await reply({ from: '+4915112345678', body: 'STOP', messageSid })).toEqual({
    status: 200,
    body: { messageSid, status: 204 },
  })
  expect(seen.at(-1)).toMatchObject({
    path: '/webhooks/twilio',
    signature: expect.stringMatching(/^[\w+/]{27}=$/),
    form: { MessageSid: messageSid, From: '+4915112345678', To: value(sandbox, 'TWILIO_FROM'), Body: 'STOP' },
  })
})

test('says what is missing, and tells nobody', async () => {
  const before = seen.length
  const alone = await startSandbox({ port: 0, dataDir: aDataDir() })
  const statuses = [
    (await reply({ from: '+4915112345678' })).status,
    (await reply('STOP')).status,
    (await reply({ from: '+4915112345678', body: 'STOP' }, sandbox, 'text/plain')).status,
    (await reply({ from: '+4915112345678', body: 'STOP' }, alone)).status,
  ]
  expect([statuses, seen.length]).toEqual([[400, 400, 415, 409], before])
  await alone.close()
})

test('says so when the gateway does not answer', async () => {
  const alone = await startSandbox({ port: 0, dataDir: aDataDir(), gateway: 'http://127.0.0.1:9' })
  expect(await reply({ from: '+4915112345678', body: 'STOP' }, alone)).toMatchObject({
    status: 502,
    body: { status: null },
  })
  await alone.close()
})
