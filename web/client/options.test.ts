import { expect, test } from 'vitest'
import { InboxError } from './inbox-error.ts'
import { batchesOf } from './item-ids.ts'
import { checkedOptions, type InboxOptions } from './options.ts'
import { retryDelayMs } from './retry-delay.ts'

const good: InboxOptions = { url: 'https://notify.example.com/graphql', token: 'a.b.c' }

function problemsOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error instanceof InboxError ? [error.code, ...error.fields.map(({ path }) => path.join('.'))] : error
  }
}

test.each([
  ['https://notify.example.com/graphql', 'wss://notify.example.com/graphql'],
  ['http://127.0.0.1:4000/graphql#top', 'ws://127.0.0.1:4000/graphql'],
  ['wss://notify.example.com/graphql?v=1', 'wss://notify.example.com/graphql?v=1'],
])('takes %s', (url, expected) => {
  expect(checkedOptions({ ...good, url }).url).toBe(expected)
})

test('names every option that it cannot use', () => {
  const bad = { url: 'file:///etc/passwd', token: 'two words', pageSize: 101, webSocketImpl: null }
  expect(problemsOf(() => checkedOptions(bad))).toEqual(['BAD_OPTIONS', 'url', 'token', 'pageSize', 'webSocketImpl'])
  expect(problemsOf(() => checkedOptions({ url: '/graphql', token: '' }))).toEqual(['BAD_OPTIONS', 'url', 'token'])
})

test('takes ids in batches that the server takes, each once', () => {
  const ids = Array.from({ length: 250 }, (_, index) => `inb_${index}`)
  expect(batchesOf([...ids, 'inb_0']).map(({ length }) => length)).toEqual([100, 100, 50])
  expect(batchesOf([])).toEqual([])
})

test('names every id that is none', () => {
  expect(problemsOf(() => batchesOf(['inb_1', '', JSON.parse('7')]))).toEqual(['BAD_INPUT', 'ids.1', 'ids.2'])
  expect(problemsOf(() => batchesOf(JSON.parse('"inb_1"')))).toEqual(['BAD_INPUT', 'ids'])
})

test('waits twice as long with each attempt, half a minute at most', () => {
  expect([1, 2, 3, 7, 50].map((attempt) => retryDelayMs(attempt, () => 1))).toEqual([500, 1000, 2000, 30_000, 30_000])
  expect(retryDelayMs(3, () => 0)).toBe(1000)
})
