import { afterAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { unique } from '../../test/setup/schema-app.ts'
import { revokeCaller } from '../store/callers.ts'
import { inboxChanged } from '../streams/messages.ts'
import { aGateway, bearer, viewerToken } from './a-gateway.ts'
import { aSchema } from './a-schema.ts'
import { aSocket, init, subscribe } from './a-socket.ts'

const { app, graphql, ask, caller, close } = await aGateway({ limits: { operationsPerSocket: 3 } })
afterAll(close)
const { apiKey } = await caller()
const expired = await viewerToken('ada', { expiresIn: '-1s' })

async function signedIn(credentials = apiKey, url = graphql) {
  const socket = await aSocket(url)
  onTestFinished(socket.close)
  socket.say(init(`Bearer ${credentials}`))
  await expect.poll(() => socket.heard).toEqual([{ type: 'connection_ack' }])
  return socket
}

const error = (code: string) => [{ message: expect.any(String), extensions: expect.objectContaining({ code }) }]

describe('signing in', () => {
  it.each([
    ['as a header is spelt', { Authorization: `Bearer ${apiKey}` }],
    ['in small letters, without "Bearer"', { authorization: apiKey }],
    ['as an API key', { apiKey }],
    ['within headers', { headers: { Authorization: `Bearer ${apiKey}` } }],
  ])('takes credentials %s', async (_how, payload) => {
    const socket = await aSocket(graphql)
    onTestFinished(socket.close)
    socket.say({ type: 'connection_init', payload })
    await expect.poll(() => socket.heard).toEqual([{ type: 'connection_ack' }])
  })

  it.each([
    ['nothing is said', { type: 'connection_init' }, 4403],
    ['a key is unknown', init('Bearer car_unknown'), 4403],
    ['a token has expired', init(`Bearer ${expired}`), 4403],
    ['something is asked before', subscribe('1', '{ __typename }'), 4401],
    ['what is said is no message', 'nonsense', 4400],
    ['what is said is very long', { ...init('Bearer x'), more: 'x'.repeat(70_000) }, 4400],
    ['what is said is longer than any body', 'x'.repeat(2_000_000), 1009],
  ])('closes the socket when %s', async (_when, message, code) => {
    const socket = await aSocket(graphql)
    socket.say(message)
    await expect.poll(() => socket.closed()?.code).toBe(code)
  })

  it('refuses pages of other origins', async () => {
    await expect(aSocket(graphql, { origin: 'https://evil.example' })).rejects.toThrow('403')
    const own = await aSocket(graphql, { origin: new URL(graphql).origin })
    own.close()
  })

  it('refuses other protocols, and other addresses', async () => {
    const socket = new WebSocket(graphql.replace('http', 'ws'), 'graphql-ws')
    const outcome = await new Promise((resolve) => {
      socket.on('error', () => resolve('refused'))
      socket.on('close', resolve)
    })
    expect(outcome).toBe('refused')
    await expect(aSocket(`${graphql}/other`)).rejects.toThrow('404')
  })
})

test('queries and mutations are answered and completed', async () => {
  const socket = await signedIn()
  socket.say(subscribe('1', 'query ($id: ID!) { node(id: $id) { id } }', { id: 'clr_nobody' }))
  await expect
    .poll(() => socket.heard.slice(1))
    .toEqual([
      { id: '1', type: 'next', payload: expect.objectContaining({ data: expect.any(Object) }) },
      { id: '1', type: 'complete' },
    ])
})

test('what HTTP refuses, a socket refuses with the same words, and stays open', async () => {
  const socket = await signedIn()
  const refused = [
    `{ ${'a: user { '.repeat(40)} id ${' }'.repeat(40)} }`,
    `{ ${Array.from({ length: 5000 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
    '{ nonsense }',
    '{',
    'query ($n: Int!) { templates(first: $n) { nodes { id } } }',
  ]
  for (const [n, query] of refused.entries()) {
    const { body } = await ask({ query }, bearer(apiKey))
    socket.say(subscribe(`${n}`, query))
    await expect.poll(() => socket.heard.at(-1)).toEqual({ id: `${n}`, type: 'error', payload: Object(body).errors })
  }
  expect(socket.closed()).toBeUndefined()
})

test('a used-up bucket is an error, and nothing is executed', async () => {
  const { apiKey } = await caller({ perMinute: 1 })
  const socket = await signedIn(apiKey)
  const mutation = 'mutation { createCaller(input: { name: "", tiers: [] }) { __typename } }'
  socket.say(subscribe('1', mutation))
  await expect.poll(() => socket.heard.at(-1)).toEqual({ id: '1', type: 'complete' })
  socket.say(subscribe('2', mutation))
  await expect
    .poll(() => socket.heard.at(-1))
    .toEqual({
      id: '2',
      type: 'error',
      payload: [
        { message: expect.any(String), extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } },
      ],
    })
})

const inboxEvents = 'subscription { inboxEvents { __typename unreadCount } }'

test('one operation more than a socket may have is refused; a completed one makes room', async () => {
  const socket = await signedIn(await viewerToken(unique('user')))
  for (const id of ['1', '2', '3']) socket.say(subscribe(id, inboxEvents))
  await expect.poll(() => socket.heard.filter(({ type }) => type === 'next').length).toBe(3)
  socket.say(subscribe('4', inboxEvents))
  await expect
    .poll(() => socket.heard.at(-1))
    .toEqual({ id: '4', type: 'error', payload: error('TOO_MANY_OPERATIONS') })
  socket.say({ id: '1', type: 'complete' })
  socket.say(subscribe('5', inboxEvents))
  await expect.poll(() => socket.heard.at(-1)).toMatchObject({ id: '5', type: 'next' })
})

test('a viewer has so many sockets and streams, a process too; one that closes makes room', async () => {
  const other = await aGateway({ limits: { sockets: 4, socketsPerViewer: 2 } })
  onTestFinished(other.close)
  const ada = await viewerToken(unique('ada'))
  const [first] = [await signedIn(ada, other.graphql), await signedIn(ada, other.graphql)]
  const third = await aSocket(other.graphql)
  third.say(init(`Bearer ${ada}`))
  await expect.poll(() => third.closed()).toEqual({ code: 4429, reason: 'A user may have 2 sockets at a time.' })
  const streams = (credentials: string) => fetch(other.graphql, { method: 'PUT', headers: bearer(credentials) })
  expect((await streams(ada)).status).toBe(429)
  const events = `${other.graphql}?query=${encodeURIComponent(inboxEvents)}`
  const headers = { ...bearer(ada), accept: 'text/event-stream' }
  expect((await fetch(events, { headers })).status).toBe(429)

  const bob = await viewerToken(unique('bob'))
  await signedIn(bob, other.graphql)
  expect((await streams(bob)).status).toBe(201)
  expect((await streams(bob)).status).toBe(503)
  const fifth = await aSocket(other.graphql)
  await expect.poll(() => fifth.closed()?.code).toBe(1013)
  first.close()
  await expect.poll(async () => (await streams(ada)).status).toBe(201)
})

describe('what is against the protocol', () => {
  it.each([
    ['an id that is in use', subscribe('1', inboxEvents), 4409],
    ['a second connection_init', init('Bearer x'), 4429],
    ['what is no message', 'nonsense', 4400],
    ['a message of no known type', { type: 'subscribed', id: '2' }, 4400],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: inboxEvents } }, 4400],
    ['a subscribe without a document', { type: 'subscribe', id: '2', payload: {} }, 4400],
    ['a message that is longer than any body', 'x'.repeat(2_000_000), 1009],
  ])('%s closes its socket, and no other', async (_what, message, code) => {
    const token = await viewerToken(unique('user'))
    const [socket, neighbour] = [await signedIn(token), await signedIn(token)]
    for (const each of [socket, neighbour]) {
      each.say(subscribe('1', inboxEvents))
      await expect.poll(() => each.heard.at(-1)).toMatchObject({ id: '1', type: 'next' })
    }
    socket.say(message)
    await expect.poll(() => socket.closed()?.code).toBe(code)
    neighbour.say(subscribe('2', '{ viewer { unreadCount } }'))
    const answer = { id: '2', type: 'next', payload: { data: { viewer: { unreadCount: 0 } } } }
    await expect.poll(() => neighbour.heard).toContainEqual(answer)
    expect(neighbour.closed()).toBeUndefined()
  })

  it('a client that says nothing is sent away', { timeout: 15_000 }, async () => {
    const socket = await aSocket(graphql)
    await expect.poll(() => socket.closed()?.code, { timeout: 10_000 }).toBe(4408)
  })

  it('an id that has come to its end may be used again', async () => {
    const socket = await signedIn()
    for (let n = 1; n <= 2; n++) {
      socket.say(subscribe('1', '{ __typename }'))
      await expect.poll(() => socket.heard.filter(({ type }) => type === 'complete').length).toBe(n)
    }
  })

  it('events of an inbox are not for those who have none', async () => {
    const socket = await signedIn()
    socket.say(subscribe('1', inboxEvents))
    await expect.poll(() => socket.heard.at(-1)).toMatchObject({ id: '1', type: 'error', payload: error('FORBIDDEN') })
  })
})

test('a subscription ends when its reader completes it, also while it waits', async () => {
  let stopped = false
  const waiting = Promise.withResolvers<void>()
  const schema = aSchema({
    value: () => 1,
    ticks: async function* () {
      try {
        yield 1
        await waiting.promise
        yield 2
      } finally {
        stopped = true
      }
    },
  })
  const other = await aGateway({ schema })
  onTestFinished(other.close)
  const socket = await signedIn((await other.caller()).apiKey, other.graphql)
  socket.say(subscribe('1', 'subscription { ticks }'))
  await expect.poll(() => socket.heard.at(-1)).toEqual({ id: '1', type: 'next', payload: { data: { ticks: 1 } } })
  socket.say({ id: '1', type: 'complete' })
  socket.say(subscribe('2', '{ value }'))
  await expect.poll(() => socket.heard.at(-1)).toEqual({ id: '2', type: 'complete' })
  waiting.resolve()
  await expect.poll(() => stopped).toBe(true)
  expect(socket.heard.filter(({ id }) => id === '1').length).toBe(1)
})

test('what goes wrong within a subscription is masked', async () => {
  const schema = aSchema({
    ticks: async function* () {
      yield 1
      throw new Error('password=hunter2')
    },
  })
  const other = await aGateway({ schema })
  onTestFinished(other.close)
  const socket = await signedIn((await other.caller()).apiKey, other.graphql)
  socket.say(subscribe('1', 'subscription { ticks }'))
  await expect.poll(() => socket.heard.at(-1)).toEqual({ id: '1', type: 'complete' })
  const masked = {
    message: expect.stringMatching(/^Something went wrong on our side/),
    extensions: { code: 'INTERNAL', correlationId: expect.any(String) },
  }
  expect(socket.heard.slice(1)).toEqual([
    { id: '1', type: 'next', payload: { data: { ticks: 1 } } },
    { id: '1', type: 'next', payload: { data: null, errors: [masked] } },
    { id: '1', type: 'complete' },
  ])
})

test('a socket is closed when the token of its subscription expires, or its key is revoked', async () => {
  const viewers = await signedIn(await viewerToken(unique('user'), { expiresIn: '2s' }))
  viewers.say(subscribe('1', inboxEvents))
  await expect
    .poll(() => viewers.closed(), { timeout: 4000 })
    .toEqual({ code: 4403, reason: 'Your credentials have ended.' })

  const { id, apiKey } = await caller()
  const callers = await signedIn(apiKey)
  await revokeCaller(app.database, id)
  const closes = () => {
    callers.say(subscribe(unique('query'), '{ __typename }'))
    return callers.closed()?.code
  }
  await expect.poll(closes, { timeout: 2000 }).toBe(4403)
})

test('a change of the inbox arrives', async () => {
  const userId = unique('user')
  const socket = await signedIn(await viewerToken(userId))
  socket.say(subscribe('1', inboxEvents))
  await expect
    .poll(() => socket.heard.at(-1))
    .toEqual({
      id: '1',
      type: 'next',
      payload: { data: { inboxEvents: { __typename: 'InboxReady', unreadCount: 0 } } },
    })
  const allReadBefore = new Date().toISOString()
  app.streams.signal(inboxChanged, userId, { userId, seq: 1, unread: 0, allReadBefore })
  await expect
    .poll(() => socket.heard.at(-1))
    .toEqual({
      id: '1',
      type: 'next',
      payload: { data: { inboxEvents: { __typename: 'InboxAllRead', unreadCount: 0 } } },
    })
})

test('who does not read is told once that he was too slow, and goes on; nobody else notices', async () => {
  const userId = unique('user')
  const token = await viewerToken(userId)
  const [slow, neighbour] = [await signedIn(token), await signedIn(token)]
  const long = Array.from({ length: 12 }, (_, n) => `v${n}: viewer { id userId unreadCount }`).join(' ')
  for (const each of [slow, neighbour]) {
    each.say(subscribe('1', `subscription { inboxEvents { __typename unreadCount ${long} } }`))
    await expect.poll(() => each.heard.at(-1)).toMatchObject({ type: 'next' })
  }
  slow.pause()
  const signal = (seq: number) =>
    app.streams.signal(inboxChanged, userId, { userId, seq, unread: seq, allReadBefore: '2026-11-22T10:00:00.000Z' })
  const events = (socket: typeof slow) =>
    socket.heard.flatMap(({ payload }) => {
      const { data } = Object(payload)
      return data ? [[data.inboxEvents.__typename, data.inboxEvents.unreadCount] as const] : []
    })
  const last = 12_000
  for (let seq = 1; seq <= last; seq++) {
    signal(seq)
    if (seq % 250 === 0) await expect.poll(() => neighbour.heard.length, { interval: 5 }).toBe(seq + 2)
  }
  slow.resume()
  await expect.poll(() => events(slow).at(-1)).toEqual(['InboxResync', last])
  signal(last + 1)
  await expect.poll(() => events(slow).at(-1)).toEqual(['InboxAllRead', last + 1])

  const told = events(slow)
  const before = told.slice(1, -2)
  expect(before).toEqual(before.map((_, n) => ['InboxAllRead', n + 1]))
  expect(before.length).toBeLessThan(last)
  const [, ...all] = events(neighbour)
  expect(all).toEqual(Array.from({ length: last + 1 }, (_, n) => ['InboxAllRead', n + 1]))
})

test('an inbox that cannot be read any more ends the subscription with an event that says so', async () => {
  const other = await aGateway()
  onTestFinished(other.close)
  const userId = unique('user')
  const socket = await signedIn(await viewerToken(userId), other.graphql)
  socket.say(subscribe('1', inboxEvents))
  await expect.poll(() => socket.heard.at(-1)).toMatchObject({ type: 'next' })
  other.app.database.pool.query = () => Promise.reject(new Error('password=hunter2'))
  app.streams.signal(inboxChanged, userId, { userId, seq: 1, unread: 1 })
  await expect.poll(() => socket.heard.at(-1)).toEqual({ id: '1', type: 'complete' })
  const masked = { message: expect.stringMatching(/^Something went wrong on our side/), extensions: expect.anything() }
  expect(socket.heard.at(-2)).toEqual({ id: '1', type: 'next', payload: { data: null, errors: [masked] } })
})
