import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { unique } from '../../test/setup/schema-app.ts'
import { InvalidInput } from '../errors.ts'
import { inboxChanged } from '../streams/messages.ts'
import { aGateway, bearer, type GatewayParts, viewerToken } from './a-gateway.ts'
import { aSchema } from './a-schema.ts'
import { aSocket, init, subscribe } from './a-socket.ts'

async function opened(parts: GatewayParts = {}) {
  const gateway = await aGateway(parts)
  onTestFinished(gateway.close)
  return gateway
}

const masked = {
  message: expect.stringMatching(/^Something went wrong on our side. Reference: [0-9a-f-]{36}$/),
  path: ['value'],
  locations: expect.any(Array),
  extensions: { code: 'INTERNAL', correlationId: expect.any(String) },
}

test('a fault of ours says nothing of itself, however often it is asked for', async () => {
  const schema = aSchema({
    value: () => {
      throw new Error('connect ECONNREFUSED 10.0.0.5:5432')
    },
  })
  const { ask } = await opened({ schema })
  for (let n = 0; n < 6; n++) {
    const { status, body } = await ask({ query: '{ value }' })
    expect([status, body]).toEqual([200, { data: { value: null }, errors: [masked] }])
  }
})

test('an answer that graphql cannot make of what we returned is a fault of ours too', async () => {
  const { ask } = await opened({ schema: aSchema({ value: () => 'no number' }) })
  for (let n = 0; n < 6; n++) {
    expect((await ask({ query: '{ value }' })).body).toEqual({ data: { value: null }, errors: [masked] })
  }
})

test('what a caller can fix keeps its code where no union has a place for it', async () => {
  const schema = aSchema({
    value: () => {
      throw new InvalidInput([{ path: ['of'], code: 'OUT_OF_RANGE', message: 'has to be less' }])
    },
  })
  const { ask } = await opened({ schema })
  const error = {
    message: 'of: has to be less',
    path: ['value'],
    locations: expect.any(Array),
    extensions: { code: 'INVALID_INPUT' },
  }
  expect((await ask({ query: '{ value }' })).body).toEqual({ data: { value: null }, errors: [error] })
})

test('an argument that turns out to be missing is the fault of the caller', async () => {
  const { ask } = await opened({ schema: aSchema({ value: () => 1 }) })
  for (let n = 0; n < 6; n++) {
    const { body } = await ask({ query: 'query ($of: Int) { value(of: $of) }', variables: { of: null } })
    expect(body).toEqual({
      data: { value: null },
      errors: [expect.objectContaining({ path: ['value'], extensions: { code: 'BAD_USER_INPUT' } })],
    })
  }
})

test('an operation that takes too long is given up', async () => {
  const { ask } = await opened({
    schema: aSchema({ value: () => new Promise(() => {}) }),
    limits: { executionMs: 100 },
  })
  const { status, body } = await ask({ query: '{ value }' })
  expect([status, body]).toEqual([503, { errors: [{ message: expect.any(String), extensions: { code: 'TIMEOUT' } }] }])
})

test('while the database is away, credentials are neither right nor wrong', async () => {
  const { app, ask } = await opened()
  const { apiKey } = { apiKey: 'car_x' }
  const query = app.database.pool.query
  app.database.pool.query = () => {
    throw new Error('connect ECONNREFUSED')
  }
  const { status, body } = await ask({ query: '{ __typename }' }, bearer(apiKey))
  app.database.pool.query = query
  expect([status, body]).toEqual([500, { errors: [{ message: masked.message, extensions: masked.extensions }] }])
  expect((await ask({ query: '{ __typename }' }, bearer(apiKey))).status).toBe(401)
})

test('the Idempotency-Key header reaches resolvers', async () => {
  const keys: unknown[] = []
  const schema = aSchema({ change: (_root, _args, { idempotencyKey }) => keys.push(idempotencyKey) })
  const { ask } = await opened({ schema })
  await ask({ query: 'mutation { change }' }, { 'idempotency-key': 'once' })
  await ask({ query: 'mutation { change }' })
  expect(keys).toEqual(['once', undefined])
})

test('events of a subscription come over HTTP too, with the same credentials and limits', async () => {
  const { app, graphql } = await opened()
  const userId = unique('user')
  const query = 'subscription { inboxEvents { __typename unreadCount } }'
  const sse = (body: object, credentials: string) =>
    fetch(graphql, {
      method: 'POST',
      headers: { ...bearer(credentials), accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect((await sse({ query }, 'car_unknown')).status).toBe(401)
  expect(await (await sse({ query: '{ nonsense }' }, await viewerToken(userId))).text()).toContain(
    'GRAPHQL_VALIDATION_FAILED',
  )

  const response = await sse({ query }, await viewerToken(userId))
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (word: string) => {
    while (!text.includes(word)) text += (await reader?.read())?.value ?? ''
  }
  await until('InboxReady')
  app.streams.signal(inboxChanged, userId, { userId, seq: 1, unread: 0, allReadBefore: new Date().toISOString() })
  await until('InboxAllRead')
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(text).toContain('event: next\ndata: {"data":{"inboxEvents":{"__typename":"InboxReady","unreadCount":0}}}\n\n')
  await reader?.cancel()
})

test('a subscription needs a client that takes events', async () => {
  const { ask } = await opened()
  const headers = bearer(await viewerToken(unique('user')))
  const { status, body } = await ask({ query: 'subscription { inboxEvents { __typename } }' }, headers)
  expect([status, body]).toEqual([
    406,
    { errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] },
  ])
})

test('pages of other origins get no permission, unless they are configured', async () => {
  const origin = 'https://app.example.com'
  const preflight = (graphql: string) =>
    fetch(graphql, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
  const corsHeaders = (response: Response) =>
    Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control')))

  const closed = await opened()
  expect(corsHeaders(await preflight(closed.graphql))).toEqual({})
  expect(corsHeaders(await fetch(closed.graphql, { headers: { origin } }))).toEqual({})

  const open = await opened({ settings: { corsOrigins: [origin] } })
  expect(corsHeaders(await preflight(open.graphql))).toEqual({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, X-GraphQL-Event-Stream-Token',
    'access-control-expose-headers': 'Retry-After',
    'access-control-max-age': '86400',
  })
  const answer = await fetch(`${open.graphql}?query={__typename}`, { headers: { origin } })
  expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([
    200,
    origin,
    'Origin',
  ])
  expect(corsHeaders(await fetch(open.graphql, { headers: { origin: 'https://evil.example' } }))).toEqual({})
})

test('health tells what is missing', async () => {
  const missing: string[] = ['nats']
  const { url } = await opened({ ready: async () => missing })
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`)
    return [response.status, await response.json()]
  }
  expect(await get('/livez')).toEqual([200, { live: true }])
  expect(await get('/readyz')).toEqual([503, { ready: false, missing: ['nats'] }])
  missing.pop()
  expect(await get('/readyz')).toEqual([200, { ready: true, missing: [] }])
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('carillon_test 1\n')
})

test('a drain lets what is in flight come to its end, and sends everybody else away', async () => {
  const { promise, resolve: finish } = Promise.withResolvers<number>()
  const schema = aSchema({
    value: () => promise,
    ticks: async function* () {
      yield 1
      await new Promise(() => {})
    },
  })
  const { ask, caller, gateway, graphql, url } = await opened({ schema })
  const { apiKey } = await caller()
  const socket = await aSocket(graphql)
  socket.say(init(`Bearer ${apiKey}`))
  await expect.poll(() => socket.heard.length).toBe(1)
  socket.say(subscribe('1', 'subscription { ticks }'))
  await expect.poll(() => socket.heard.length).toBe(2)
  const events = await fetch(`${graphql}?query=subscription{ticks}`, { headers: { accept: 'text/event-stream' } })
  const eventsEnd = events.text().catch(() => 'cut')
  const answer = ask({ query: '{ value }' })
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)

  const drained = gateway.drain()
  expect(gateway.drain()).toBe(drained)
  // A request on a connection that was open before may still get through, once.
  await expect
    .poll(() =>
      fetch(`${url}/livez`).then(
        () => 'let in',
        () => 'refused',
      ),
    )
    .toBe('refused')
  expect(socket.closed()).toBeUndefined()
  finish(7)
  expect((await answer).body).toEqual({ data: { value: 7 } })
  await expect
    .poll(() => socket.closed())
    .toMatchObject({ code: 1001, reason: expect.stringMatching(/^Going away: come back in [0-2] ms\.$/) })
  expect(await eventsEnd).toBe('cut')
  await drained
})

test('while it is told of the drain, the world may still come in, and sees that it is not ready', async () => {
  const { gateway, url } = await opened({ settings: { drain: { noticeMs: 300, lingerMs: 0, limitMs: 1000 } } })
  const drained = gateway.drain()
  const response = await fetch(`${url}/readyz`)
  expect([response.status, await response.json()]).toEqual([503, { ready: false, missing: ['draining'] }])
  await drained
})

test('a client that never ends its headers is cut off', async () => {
  const { gateway } = await opened({ limits: { headersMs: 200 } })
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\n')
  const ended = new Promise((resolve) => socket.once('close', resolve))
  const began = performance.now()
  socket.on('data', () => {})
  await ended
  expect(performance.now() - began).toBeLessThan(2000)
})

test('a connection is of use again after a body that was too long', async () => {
  const { gateway } = await opened({ limits: { bodyBytes: 1000 } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = (body: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      request({ port: gateway.port, path: '/graphql', method: 'POST', agent, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
        .on('error', reject)
        .end(body)
    })
  expect(await post('x'.repeat(5000))).toBe(413)
  expect(await post('{"query":"{ __typename }"}')).toBe(200)
  agent.destroy()
})
