import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { banner, bubble, letterBody, letterHead, mailLine, numberChoice, providerCard } from './page/views.js'
import type { Row } from './row.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, emptyLedger, putFault, sendgridClient, twilioClient } from './test-clients.ts'

const attack = `"'\`><img src=x onerror=alert(1)><script>alert(1)</script>`
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

/** A row that is hostile wherever a sender can write something. */
function aHostileRow(): Row {
  return {
    at: attack,
    provider: attack,
    channel: 'PUSH',
    to: attack,
    recipientId: attack,
    notificationId: attack,
    deliveryId: attack,
    collapseId: attack,
    content: `${attack}\n${attack}`,
    providerId: attack,
    from: attack,
    title: attack,
    body: attack,
    subject: attack,
    text: attack,
    imageUrl: `https://example.com/${attack}`,
    deepLink: attack,
    unsubscribeUrl: `https://example.com/${attack}`,
    actions: [{ id: attack, title: attack }],
  }
}

/** The events of `/events` up to the first of a name. */
async function nextEvent(reader: ReadableStreamDefaultReader<Uint8Array>, name: string, seen = ''): Promise<unknown> {
  const found = new RegExp(`event: ${name}\\ndata: (.*)\\n\\n`).exec(seen)?.[1]
  if (found !== undefined) return JSON.parse(found)
  const { value } = await reader.read()
  return nextEvent(reader, name, seen + new TextDecoder().decode(value))
}

async function follow(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body } = await fetch(`${sandbox.url}/events`)
  if (!body) throw new Error('no events')
  return body.getReader()
}

test.each([
  ['banner', banner],
  ['mail line', mailLine],
  ['head of a mail', letterHead],
  ['mail without HTML', letterBody],
  ['text message', bubble],
])('a %s shows what a sender wrote and does nothing else with it', (_, view) => {
  const markup = String(view({ number: 1, row: aHostileRow() }))
  expect(markup).toContain('&lt;script&gt;')
  expect(markup).not.toMatch(/<script|<img src=x|"'/)
})

test('a number and a provider of any name are shown as text', () => {
  const state = {
    provider: attack,
    fault: { kind: 'reset', share: 0.5, to: attack, afterMs: null, count: null, befell: 0 },
  } as const
  const markup =
    String(providerCard({ ...state, requests: 0, accepted: 0, refused: 0 })) + numberChoice(attack, 2, true)
  expect(markup).not.toMatch(/<script|<img/)
})

test('a picture or link that is a script is not followed', () => {
  const script = 'javascript:alert(1)'
  const row = { ...aHostileRow(), imageUrl: script, deepLink: script, unsubscribeUrl: script }
  expect(String(banner({ number: 1, row }))).not.toMatch(/src="javascript|href/)
  expect(String(letterHead({ number: 1, row }))).not.toMatch(/href/)
})

test('the HTML of a mail is framed without any permission', async () => {
  expect(String(letterBody({ number: 3, row: { ...aHostileRow(), html: attack } }))).toMatch(
    /^<iframe sandbox src="\/messages\/3\/html" title="[^"]*"><\/iframe>$/,
  )
})

test('and served so that it cannot run outside the frame either', async () => {
  await sendgridClient(sandbox).request({
    mail: { content: [{ type: 'text/html', value: '<script>alert(1)</script>' }] },
  })
  const response = await fetch(`${sandbox.url}/messages/0/html`)
  expect(await response.text()).toBe('<script>alert(1)</script>')
  expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
  expect((await fetch(`${sandbox.url}/messages/7/html`)).status).toBe(404)
})

test('the page and its files come from here and load nothing from elsewhere', async () => {
  const page = await fetch(sandbox.url)
  const files = [...(await page.text()).matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path]) => path)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(files).toContain('/page/page.js')
  for (const file of files) expect((await fetch(sandbox.url + file)).status).toBe(200)
  expect((await fetch(`${sandbox.url}/page/..%2fmain.ts`)).status).toBe(404)
})

test('a page that opens is told what there is, then what comes', async () => {
  await twilioClient(sandbox).send('+351900000001')
  const events = await follow()
  expect(await nextEvent(events, 'messages')).toMatchObject({
    size: 1,
    messages: [{ number: 0, row: { to: '+351900000001' } }],
  })
  await twilioClient(sandbox).send('+351900000002')
  expect(await nextEvent(events, 'messages')).toMatchObject({
    size: 2,
    messages: [{ number: 1, row: { to: '+351900000002' } }],
  })
  await putFault(sandbox, 'fcm', { kind: 'hang' })
  expect(await nextEvent(events, 'faults')).toHaveProperty('fcm')
  await emptyLedger(sandbox)
  expect(await nextEvent(events, 'cleared')).toEqual({})
  await events.cancel()
})

test('an address that does not exist, and a method that does not fit, are told apart', async () => {
  const statuses = [await fetch(`${sandbox.url}/nowhere`), await fetch(`${sandbox.url}/messages`, { method: 'POST' })]
  expect(statuses.map(({ status }) => status)).toEqual([404, 405])
})
