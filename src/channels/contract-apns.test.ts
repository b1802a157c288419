import { mkdtempSync, rmSync } from 'node:fs'
import { constants, createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Certificates, openCertificates } from '../sandbox/certificates.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { adapterOf, providersOf } from './a-adapter.ts'

/*
 * What only APNs does: many pushes on one connection, which it may want to end; tokens that age; and the moment since
 * which a device is known to be gone.
 */

const folder = mkdtempSync(join(tmpdir(), 'carillon-apns-'))
const { attempt } = adapterOf('apns')
const cleanUp: (() => Promise<unknown> | unknown)[] = []
/** Whose key and certificates are used. */
let sandbox: Sandbox
let certificates: Certificates

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  certificates = await openCertificates(join(folder, 'sandbox'))
})
afterEach(async () => {
  vi.useRealTimers()
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

describe('GOAWAY', () => {
  it('means that what came later was not looked at; what came before gets its answer', async () => {
    const { providers } = await serving((streams) => {
      if (streams.length < 4) return
      streams[0]?.session?.goaway(constants.NGHTTP2_NO_ERROR, streams[1]?.id)
      for (const stream of streams.slice(0, 2)) accept(stream)
    })
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => attempt(providers)))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'retryable', 'retryable'])
  })

  it('leaves open what became of a push that came before and gets no answer', async () => {
    const { providers, sessions } = await serving((streams) => {
      if (streams.length === 2) streams[0]?.session?.goaway(constants.NGHTTP2_NO_ERROR, streams[0]?.id)
    })
    const [before, after] = [attempt(providers), attempt(providers)]
    expect(await after).toMatchObject({ kind: 'retryable' })
    for (const session of sessions) session.destroy()
    expect(await before).toMatchObject({ kind: 'unknown' })
  })

  it('does not keep the next push from being sent, on another connection', async () => {
    const { providers, sessions } = await serving((streams) => {
      accept(streams.at(-1))
      streams.at(-1)?.session?.goaway()
    })
    expect(await attempt(providers)).toMatchObject({ kind: 'accepted' })
    await expect.poll(() => attempt(providers)).toMatchObject({ kind: 'accepted' })
    expect(sessions.size).toBeGreaterThan(1)
  })
})

describe('a provider token', () => {
  it('that APNs takes for expired is replaced, once it is old enough for another', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const tokens: unknown[] = []
    const { providers } = await serving((streams, authorization) => {
      tokens.push(authorization)
      const last = streams.at(-1)
      if (tokens.length === 3) accept(last)
      else refuse(last, 403, { reason: 'ExpiredProviderToken' })
    }, 'NEWTEAM001')
    const young = await attempt(providers)
    vi.setSystemTime(Date.now() + 25 * 60_000)
    const old = await attempt(providers)
    const replaced = await attempt(providers)
    expect([young, old, replaced]).toEqual([
      { kind: 'config', code: '403 ExpiredProviderToken' },
      { kind: 'retryable', code: '403 ExpiredProviderToken' },
      { kind: 'accepted', code: '200', providerId: 'a1' },
    ])
    expect([tokens[1] === tokens[0], tokens[2] === tokens[1]]).toEqual([true, false])
  })
})

describe('a token that is dead', () => {
  it.each([
    ['before it was registered again', 1_700_000_000_000, { deadSince: new Date(1_700_000_000_000) }],
    ['after that', 1_900_000_000_000, { deadSince: new Date(1_900_000_000_000) }],
    ['nobody says since when', undefined, {}],
  ])('is reported with the moment that decides whether it is still meant: %s', async (_, timestamp, since) => {
    const { providers } = await serving((streams) => {
      refuse(streams.at(-1), 410, { reason: 'Unregistered', timestamp })
    })
    expect(await attempt(providers)).toEqual({ kind: 'stale_target', code: '410 Unregistered', ...since })
  })
})

/** `act` is called with all streams so far when another has come. */
async function serving(
  act: (streams: readonly ServerHttp2Stream[], authorization: string | undefined) => void,
  team?: string,
) {
  const { cert, key } = certificates
  const sessions = new Set<ServerHttp2Session>()
  const streams: ServerHttp2Stream[] = []
  const server = createSecureServer({ cert, key })
  server.on('session', (session) => sessions.add(session.on('error', () => undefined)))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined)
    streams.push(stream)
    act(streams, headers.authorization)
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const environment = { ...sandbox.environment, APNS_URL: `https://localhost:${port}` }
  // Tokens are shared by all connections of a team.
  const providers = providersOf(team === undefined ? environment : { ...environment, APNS_TEAM_ID: team }, 5_000)
  cleanUp.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => {
      for (const session of sessions) session.destroy()
    },
    () => providers.close(),
  )
  return { providers, sessions }
}

function accept(stream: ServerHttp2Stream | undefined): void {
  stream?.respond({ ':status': 200, 'apns-id': 'a1' })
  stream?.end()
}

function refuse(stream: ServerHttp2Stream | undefined, status: number, body: object): void {
  stream?.respond({ ':status': status })
  stream?.end(JSON.stringify(body))
}
