import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { at, textAt } from './json.ts'
import { type Ledger, openLedger } from './ledger.ts'
import type { Filter } from './ledger-index.ts'
import type { Entry } from './row.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, emptyLedger, getJson, twilioClient } from './test-clients.ts'

function anEntry(changes: Partial<Entry> = {}): Entry {
  const ids = { recipientId: 'u-1', notificationId: 'ntf_1', deliveryId: null, collapseId: null }
  return {
    provider: 'twilio',
    channel: 'SMS',
    to: '+351912345678',
    ...ids,
    content: 'hi',
    providerId: 'SM1',
    ...changes,
  }
}

async function aLedger(path = join(aDataDir(), 'ledger.ndjson')): Promise<{ ledger: Ledger; path: string }> {
  const ledger = await openLedger(path)
  onTestFinished(() => ledger.close().catch(() => {}))
  return { ledger, path }
}

async function contents(ledger: Ledger, filter: Filter = {}): Promise<readonly string[]> {
  const found: string[] = []
  for await (const lines of ledger.lines(ledger.find(filter)))
    found.push(...lines.map((line) => textAt(JSON.parse(line), 'content') ?? ''))
  return found
}

async function aSandbox(dataDir = aDataDir()): Promise<Sandbox> {
  const sandbox = await startSandbox({ port: 0, dataDir })
  onTestFinished(() => sandbox.close().catch(() => {}))
  return sandbox
}

test('a row is in the file when append resolves', async () => {
  const { ledger, path } = await aLedger()
  await ledger.append([anEntry({ content: 'one' }), anEntry({ content: 'two' })])
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  expect(lines.map((line) => textAt(JSON.parse(line), 'content') ?? '')).toEqual(['one', 'two'])
})

test('a row is on disk when the provider answers', async () => {
  const dataDir = aDataDir()
  const sandbox = await aSandbox(dataDir)
  await twilioClient(sandbox).send()
  expect(readFileSync(join(dataDir, 'sandbox/ledger.ndjson'), 'utf8')).toContain('+351912345678')
})

test('rows survive a restart', async () => {
  const dataDir = aDataDir()
  const first = await aSandbox(dataDir)
  await twilioClient(first).send()
  const before = await getJson(first, '/messages')
  await first.close()
  const second = await aSandbox(dataDir)
  await twilioClient(second).send()
  const after = await getJson(second, '/messages')
  expect(after).toEqual([...(Array.isArray(before) ? before : []), expect.objectContaining({ provider: 'twilio' })])
})

test('a row that was being written when the sandbox died is forgotten', async () => {
  const { ledger, path } = await aLedger()
  await ledger.append([anEntry({ content: 'whole' })])
  await ledger.close()
  appendFileSync(path, '{"at":"2026-01-01T00:00:00.000Z","provider":"twi')
  const { ledger: again } = await aLedger(path)
  await again.append([anEntry({ content: 'next' })])
  expect(await contents(again)).toEqual(['whole', 'next'])
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
})

test('a line that cannot be read does not keep the others from being read', async () => {
  const { ledger, path } = await aLedger()
  await ledger.append([anEntry({ content: 'one' })])
  await ledger.close()
  appendFileSync(path, 'not json\n')
  const { ledger: again } = await aLedger(path)
  await again.append([anEntry({ content: 'Zoë — ✓' })])
  expect(await contents(again)).toEqual(['one', 'Zoë — ✓'])
})

test('finds by every filter, and by all of them together', async () => {
  const { ledger } = await aLedger()
  await ledger.append([
    anEntry({ content: 'a' }),
    anEntry({ content: 'b', recipientId: 'u-2' }),
    anEntry({ content: 'c', notificationId: 'ntf_2' }),
    anEntry({ content: 'd', provider: 'apns', channel: 'PUSH' }),
    anEntry({ content: 'e', recipientId: null, notificationId: null }),
  ])
  expect(await contents(ledger, { recipientId: 'u-1' })).toEqual(['a', 'c', 'd'])
  expect(await contents(ledger, { notificationId: 'ntf_1' })).toEqual(['a', 'b', 'd'])
  expect(await contents(ledger, { channel: 'SMS' })).toEqual(['a', 'b', 'c', 'e'])
  expect(await contents(ledger, { provider: 'apns' })).toEqual(['d'])
  expect(await contents(ledger, { recipientId: 'u-1', notificationId: 'ntf_1', channel: 'SMS' })).toEqual(['a'])
  expect(await contents(ledger, { recipientId: 'u-1', limit: 2 })).toEqual(['a', 'c'])
  expect(await contents(ledger, { limit: 0 })).toEqual([])
  expect(await contents(ledger, { recipientId: 'nobody' })).toEqual([])
})

test('finds what was accepted since a moment, that moment included', async () => {
  const { ledger } = await aLedger()
  await ledger.append([anEntry({ content: 'early' })])
  const { promise, resolve } = Promise.withResolvers<number>()
  ledger.watch((written) => resolve(Date.parse(written?.[0]?.row.at ?? '')))
  await expect.poll(() => Date.now(), { interval: 2 }).toBeGreaterThan(Date.now())
  await ledger.append([anEntry({ content: 'late' })])
  expect(await contents(ledger, { sinceMs: await promise })).toEqual(['late'])
  expect(await contents(ledger, { sinceMs: (await promise) + 1 })).toEqual([])
  expect(await contents(ledger, { sinceMs: 0 })).toEqual(['early', 'late'])
})

test('stays quick with many rows', async () => {
  const { ledger } = await aLedger()
  const many = 100_000
  await ledger.append(
    Array.from({ length: many }, (_, n) => anEntry({ recipientId: `u-${n % 1000}`, content: `${n}` })),
  )
  const started = performance.now()
  expect(await contents(ledger, { recipientId: 'u-7' })).toHaveLength(many / 1000)
  expect(await contents(ledger, { sinceMs: Date.now() + 1000 })).toEqual([])
  expect(performance.now() - started).toBeLessThan(500)
  expect(await contents(ledger)).toHaveLength(many)
})

test('emptied, it keeps nothing and takes new rows', async () => {
  const sandbox = await aSandbox()
  await twilioClient(sandbox).send()
  await emptyLedger(sandbox)
  expect(await getJson(sandbox, '/messages')).toEqual([])
  await twilioClient(sandbox).send()
  expect(await getJson(sandbox, '/messages')).toHaveLength(1)
})

test('answers a query over HTTP and says what is wrong with one', async () => {
  const sandbox = await aSandbox()
  await twilioClient(sandbox).send()
  expect(
    await getJson(sandbox, '/messages?channel=sms&provider=twilio&since=2020-01-01T00:00:00Z&limit=5'),
  ).toHaveLength(1)
  expect(await getJson(sandbox, '/messages?channel=PUSH')).toEqual([])
  const wrong = await fetch(`${sandbox.url}/messages?since=yesterday&limit=-1&user=x`)
  expect([wrong.status, Object.keys(Object(at(await wrong.json(), 'fields')))]).toEqual([
    400,
    ['since', 'limit', 'user'],
  ])
})
