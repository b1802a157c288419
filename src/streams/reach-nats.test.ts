import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ANats, aNats } from '../../test/setup/a-nats.ts'
import { address } from '../../test/setup/address.ts'
import type { Unreachable } from '../domain/unreachable.ts'
import { notificationChanged } from './messages.ts'
import { reachNats } from './reach-nats.ts'
import { serverOptions } from './server-options.ts'
import { expectStreams } from './streams.ts'

async function reaching(url: string, replicas = 1): Promise<Unreachable | undefined> {
  const streams = expectStreams(url, 'reach-test', { replicas })
  try {
    return await reachNats(streams)
  } finally {
    await streams.close()
  }
}

describe('NATS', () => {
  const refused = { kind: 'wrong', why: 'refuses the credentials in NATS_URL' }
  let guarded: ANats
  beforeAll(async () => {
    guarded = await aNats(['authorization { user: carillon, password: "s3:cr@t" }'])
  })
  afterAll(() => guarded.stop())

  test('is reached with the credentials of its address, and with another server that is away beside it', async () => {
    expect(await reaching(`nats://carillon:s3:cr%40t@${guarded.place}`)).toBeUndefined()
    expect(await reaching(`nats://127.0.0.1:1,nats://carillon:s3:cr%40t@${guarded.place}`)).toBeUndefined()
  })

  test('is not waited for with wrong credentials, or with none', async () => {
    expect(await reaching(`nats://carillon:nonsense@${guarded.place}`)).toEqual(refused)
    expect(await reaching(guarded.place)).toEqual(refused)
  })

  test('is not waited for where its address asks for a TLS that it does not have', async () => {
    const url = address('NATS_URL').replace('nats://', 'tls://')
    expect(await reaching(url)).toEqual({ kind: 'wrong', why: 'does not speak TLS, which its address asks for' })
  })

  test('is not waited for where one server should keep three replicas', async () => {
    const guardedUrl = `nats://carillon:s3:cr%40t@${guarded.place}`
    expect(await reaching(guardedUrl, 3)).toEqual({
      kind: 'wrong',
      why: expect.stringMatching(/^does not make the streams: .*replicas.* \(10074\)$/),
    })
  })

  test('that is not there is waited for', async () => {
    expect(await reaching('nats://127.0.0.1:1')).toEqual({ kind: 'away', why: 'does not answer (ECONNREFUSED)' })
  })
})

describe('streams that have not been reached', () => {
  test('publish nothing, lose signals, and hear what comes later', async () => {
    const [expected, other] = [1, 2].map(() => expectStreams(address('NATS_URL'), 'expected-test', { replicas: 1 }))
    if (expected === undefined || other === undefined) throw new Error('unreachable')
    const heard: string[] = []
    const message = { id: () => 'id', subject: () => 'nowhere', decode: () => undefined }
    await expect(expected.publish(message, {})).rejects.toThrow('NATS has not been reached yet')
    expected.signal(notificationChanged, 'ntf_reach', { notificationId: 'lost' })
    expected.listen(notificationChanged, 'ntf_reach', ({ notificationId }) => heard.push(notificationId))
    const forgotten = expected.listen(notificationChanged, 'ntf_reach', () => heard.push('after its end'))
    forgotten()
    expect(expected.connected()).toBe(false)

    await Promise.all([expected.connect(), other.connect()])
    await (await expected.connection).flush()
    other.signal(notificationChanged, 'ntf_reach', { notificationId: 'heard' })
    await expect.poll(() => heard).toEqual(['heard'])
    await Promise.all([expected.close(), other.close()])
  })
})

test.each([
  ['nats://one:4222', { servers: ['one:4222'] }],
  ['one, two:4223/', { servers: ['one', 'two:4223'] }],
  ['tls://one:4222', { servers: ['one:4222'], tls: {} }],
  ['nats://t0k3n@one:4222', { servers: ['one:4222'], token: 't0k3n' }],
  ['nats://u:p%40ss@one,nats://u:p%40ss@two', { servers: ['one', 'two'], user: 'u', pass: 'p@ss' }],
  ['nats://u:100%@one', { servers: ['one'], user: 'u', pass: '100%' }],
])('%s is read', (url, options) => {
  expect(serverOptions(url)).toEqual(options)
})
