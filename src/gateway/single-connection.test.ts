import { afterAll, expect, test } from 'vitest'
import { unique } from '../../test/setup/schema-app.ts'
import { inboxChanged } from '../streams/messages.ts'
import { aGateway, bearer, viewerToken } from './a-gateway.ts'

const { app, graphql, close } = await aGateway({ limits: { operationsPerSocket: 2 } })
afterAll(close)

const inboxEvents = 'subscription { inboxEvents { __typename unreadCount } }'
const refused = (code: string) => ({ errors: [expect.objectContaining({ extensions: { code } })] })
const ready = (unreadCount: number) => ({ data: { inboxEvents: { __typename: 'InboxReady', unreadCount } } })

/** One who has reserved a stream. */
async function reserved(userId = unique('user'), options: Parameters<typeof viewerToken>[1] = {}) {
  const credentials = bearer(await viewerToken(userId, options))
  const token = await (await fetch(graphql, { method: 'PUT', headers: credentials })).text()
  const headers = { ...credentials, 'x-graphql-event-stream-token': token }
  const ask = async (query: string, operationId?: unknown) => {
    const response = await fetch(graphql, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, extensions: { operationId } }),
    })
    const text = await response.text()
    return [response.status, text && JSON.parse(text)]
  }
  return { userId, token, headers, ask, ...reading(`${graphql}?token=${token}`) }
}

/** Connects a stream as an EventSource does, which has no headers, and keeps what comes over it. */
function reading(url: string) {
  const heard: unknown[] = []
  const leaving = new AbortController()
  return {
    heard,
    leave: () => leaving.abort(),
    async connect() {
      const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: leaving.signal })
      const read = async () => {
        let text = ''
        for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const events = `${text}${part}`.split('\n\n')
          text = events.pop() ?? ''
          for (const event of events) {
            const [, type, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? []
            if (type) heard.push([type, JSON.parse(data)])
          }
        }
      }
      if (response.ok) read().catch(() => {})
      return response
    },
  }
}

test('everything that is asked for is answered over the one stream, also what was asked before it was connected', async () => {
  const { userId, ask, connect, heard, leave } = await reserved()
  expect(await ask('{ viewer { unreadCount } }', 'count')).toEqual([202, ''])
  const response = await connect()
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  await expect
    .poll(() => heard)
    .toEqual([
      ['next', { id: 'count', payload: { data: { viewer: { unreadCount: 0 } } } }],
      ['complete', { id: 'count' }],
    ])
  expect(await ask(inboxEvents, 'events')).toEqual([202, ''])
  await expect.poll(() => heard.at(-1)).toEqual(['next', { id: 'events', payload: ready(0) }])
  app.streams.signal(inboxChanged, userId, { userId, seq: 1, unread: 0, allReadBefore: new Date().toISOString() })
  const allRead = { data: { inboxEvents: { __typename: 'InboxAllRead', unreadCount: 0 } } }
  await expect.poll(() => heard.at(-1)).toEqual(['next', { id: 'events', payload: allRead }])
  leave()
})

test('an operation that is stopped says nothing more, and makes room', async () => {
  const { headers, ask, connect, heard, leave } = await reserved()
  await connect()
  for (const id of ['1', '2']) expect(await ask(inboxEvents, id)).toEqual([202, ''])
  expect(await ask(inboxEvents, '3')).toEqual([429, refused('TOO_MANY_OPERATIONS')])
  await expect.poll(() => heard.length).toBe(2)
  const stopped = await fetch(`${graphql}?operationId=1`, { method: 'DELETE', headers })
  expect(stopped.status).toBe(200)
  expect(await ask(inboxEvents, '3')).toEqual([202, ''])
  await expect.poll(() => heard.slice(2)).toEqual([['next', { id: '3', payload: ready(0) }]])
  leave()
})

test('what is wrong with an operation is answered as over HTTP, and its id stays free', async () => {
  const { ask, connect, leave } = await reserved()
  await connect()
  expect(await ask('{ nonsense }', '1')).toEqual([400, refused('GRAPHQL_VALIDATION_FAILED')])
  expect(await ask('{ viewer { unreadCount } }')).toEqual([400, refused('BAD_REQUEST')])
  expect(await ask('{ viewer { unreadCount } }', 7)).toEqual([400, refused('BAD_REQUEST')])
  expect(await ask(inboxEvents, '1')).toEqual([202, ''])
  expect(await ask(inboxEvents, '1')).toEqual([409, refused('BAD_REQUEST')])
  leave()
})

test('a subscription ends with an error when the credentials that it came with end', async () => {
  const { ask, connect, heard, leave } = await reserved(unique('user'), { expiresIn: '2s' })
  await connect()
  expect(await ask(inboxEvents, '1')).toEqual([202, ''])
  await expect
    .poll(() => heard, { timeout: 4000 })
    .toMatchObject([
      ['next', { id: '1', payload: ready(0) }],
      ['next', { id: '1', payload: refused('UNAUTHENTICATED') }],
      ['complete', { id: '1' }],
    ])
  leave()
})

test('a stream is reserved by those who have signed in, connected once, and gone when its client leaves', async () => {
  const anonymous = await fetch(graphql, { method: 'PUT' })
  expect([anonymous.status, await anonymous.json()]).toEqual([401, refused('UNAUTHENTICATED')])
  const { ask, connect, leave } = await reserved()
  await connect()
  const again = await connect()
  expect([again.status, await again.json()]).toEqual([409, refused('BAD_REQUEST')])
  leave()
  await expect.poll(() => ask('{ viewer { unreadCount } }', '1')).toEqual([404, refused('BAD_REQUEST')])
  for (const token of ['constructor', '__proto__', '']) {
    expect((await reading(`${graphql}?token=${token}`).connect()).status).toBe(404)
  }
})
