import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instantOf, localTime } from './page/preferences-time.js'
import { categoryTable, channelRow, personChoice, previewCard, zoneChoice } from './page/preferences-views.js'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir } from './test-clients.ts'

const attack = `"'\`><img src=x onerror=alert(1)><script>alert(1)</script>`
const demo = {
  apiKey: 'car_secret',
  viewers: [
    { userId: 'ada', token: 'token-of-ada', timeZone: 'Europe/London' },
    { userId: 'emil', token: 'token-of-emil', timeZone: 'Europe/Berlin' },
  ],
}
const seen: { path: string | undefined; authorization: string | undefined; body: string }[] = []
const gateway = createServer(async (request, response) => {
  const chunks: Buffer[] = await request.toArray()
  seen.push({
    path: request.url,
    authorization: request.headers.authorization,
    body: Buffer.concat(chunks).toString(),
  })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"answered":true}}')
})
let gatewayUrl: string
let sandbox: Sandbox

beforeAll(async () => {
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const address = gateway.address()
  gatewayUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  sandbox = await startSandbox({ port: 0, dataDir: aDataDirWithDemo(), gateway: `${gatewayUrl}/` })
})
afterAll(async () => {
  await sandbox.close()
  gateway.close()
})

function aDataDirWithDemo(): string {
  const dataDir = aDataDir()
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify(demo))
  return dataDir
}

async function ask(headers: Readonly<Record<string, string>>, { url } = sandbox) {
  const response = await fetch(`${url}/gateway/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"query":"{ viewer { userId } }"}',
  })
  return { status: response.status, body: await response.json() }
}

/** `fetch` names the host itself. */
async function statusForHost(path: string, host: string): Promise<number | undefined> {
  const request = httpRequest(sandbox.url + path, { headers: { host } }).end()
  const [response] = await once(request, 'response')
  response.resume()
  return response.statusCode
}

test('the page and its files come from here and load nothing from elsewhere', async () => {
  const page = await fetch(`${sandbox.url}/preferences`)
  const files = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(files).toContain('/page/preferences.js')
  for (const file of files) expect((await fetch(sandbox.url + file)).status).toBe(200)
  expect(await (await fetch(sandbox.url)).text()).toContain('href="/preferences"')
})

test('tells who there is without what they sign in with', async () => {
  expect(await (await fetch(`${sandbox.url}/gateway/people`)).json()).toEqual({
    viewers: [
      { userId: 'ada', timeZone: 'Europe/London' },
      { userId: 'emil', timeZone: 'Europe/Berlin' },
    ],
  })
})

test.each([
  ['emil', 'Bearer token-of-emil'],
  ['caller', 'Bearer car_secret'],
])('asks the gateway as %s', async (as, authorization) => {
  expect(await ask({ 'x-demo-as': as, authorization: 'Bearer of the browser' })).toEqual({
    status: 200,
    body: { data: { answered: true } },
  })
  expect(seen.at(-1)).toEqual({ path: '/graphql', authorization, body: '{"query":"{ viewer { userId } }"}' })
})

test('asks for nobody whom it does not know, nor for another page', async () => {
  const before = seen.length
  const answers = [
    await ask({ 'x-demo-as': 'mallory' }),
    await ask({}),
    await ask({ 'x-demo-as': 'ada', 'content-type': 'text/plain' }),
  ]
  expect([answers.map(({ status }) => status), seen.length]).toEqual([[403, 403, 415], before])
  expect(answers[0]?.body).toEqual({ error: 'x-demo-as must be one of caller, ada, emil.' })
})

test('is there for this machine only, whatever name it is called by', async () => {
  const statuses = await Promise.all(
    ['localhost:4010', '[::1]', 'evil.example', '127.0.0.1.evil.example'].map((host) =>
      statusForHost('/gateway/people', host),
    ),
  )
  expect(statuses).toEqual([200, 200, 403, 403])
})

test('says what is missing where there are no demo users, no gateway or no answer', async () => {
  const started = [
    await startSandbox({ port: 0, dataDir: aDataDir(), gateway: gatewayUrl }),
    await startSandbox({ port: 0, dataDir: aDataDirWithDemo() }),
    await startSandbox({ port: 0, dataDir: aDataDirWithDemo(), gateway: 'http://127.0.0.1:9' }),
  ]
  const answers = await Promise.all(started.map((each) => ask({ 'x-demo-as': 'ada' }, each)))
  expect(answers).toEqual([
    {
      status: 409,
      body: { error: 'There are no demo users yet: "npm start" makes them once its gateway is ready.' },
    },
    { status: 409, body: { error: 'Set CARILLON_GATEWAY: the sandbox knows no gateway to ask.' } },
    { status: 502, body: { error: 'The gateway does not answer.' } },
  ])
  await Promise.all(started.map((each) => each.close()))
})

test('shows names, reasons and texts as text, whatever they are', () => {
  const template = { name: attack, tier: attack, category: attack, channels: ['PUSH'] }
  const step = {
    channel: attack,
    at: '2026-11-22T23:10:00.000Z',
    rule: attack,
    outcome: attack,
    reason: attack,
    provider: attack,
    until: '2026-11-23T07:00:00.000Z',
  }
  const foreseen = {
    decisions: [step, step],
    problems: [attack],
    contents: [{ channel: attack, title: attack, subject: attack, body: attack }],
  }
  const sent = { id: attack, decisions: [step], problem: attack }
  const markup = [
    personChoice({ userId: attack }, true),
    zoneChoice(attack, true),
    channelRow({ channel: attack, enabled: true }, 0, 2),
    categoryTable([template], { categories: [{ category: attack, channel: null, enabled: false }] }),
    previewCard({ template, foreseen, problem: attack, sent }, 'Europe/London'),
  ].join('')
  expect(markup).toContain('&lt;script&gt;')
  expect(markup).not.toMatch(/<script|<img|"'/)
})

test('ticks what she wants of a category: what she said of the channel, else of the category, else everything', () => {
  const template = { name: 'n', tier: 'SOCIAL', category: 'c', channels: ['IN_APP', 'PUSH'] }
  const ticks = (categories: Parameters<typeof categoryTable>[1]['categories']) =>
    [...String(categoryTable([template], { categories })).matchAll(/<input[^>]*>/g)].map(([box]) =>
      box.endsWith(' checked>'),
    )
  expect(ticks([])).toEqual([true, true])
  expect(ticks([{ category: 'c', channel: 'PUSH', enabled: false }])).toEqual([true, false])
  expect(
    ticks([
      { category: 'c', channel: null, enabled: false },
      { category: 'c', channel: 'PUSH', enabled: true },
    ]),
  ).toEqual([false, true])
})

test.each([
  ['2026-11-22T23:10', 'Europe/London', '2026-11-22T23:10:00.000Z'],
  ['2026-11-22T23:10', 'Asia/Kolkata', '2026-11-22T17:40:00.000Z'],
  ['2026-03-29T03:10', 'Europe/Berlin', '2026-03-29T01:10:00.000Z'],
  ['2026-10-25T03:10', 'Europe/Berlin', '2026-10-25T02:10:00.000Z'],
])('reads %s by the clock of %s', (local, timeZone, instant) => {
  expect(instantOf(local, timeZone)).toBe(instant)
  expect(localTime(Date.parse(instant), timeZone)).toBe(local)
})
