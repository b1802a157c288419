import { mkdtempSync, rmSync } from 'node:fs'
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Certificates, openCertificates } from '../sandbox/certificates.ts'
import type { Http } from './http.ts'
import { openHttp2 } from './http2.ts'

const request = { path: '/3/device/abcd', headers: { 'apns-topic': 't' }, body: '{"aps":{}}' }
const timeoutMs = 300
const never = () => new AbortController().signal

const folder = mkdtempSync(join(tmpdir(), 'carillon-http2-'))
let certificates: Certificates
const cleanUp: (() => Promise<unknown> | unknown)[] = []

beforeAll(async () => {
  certificates = await openCertificates(folder)
})
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('HTTP/2 to a provider', () => {
  it('gives the answer with status, headers and body', async () => {
    const http = await client((stream) => {
      stream.respond({ ':status': 429, 'retry-after': '2' })
      stream.end('{"reason":"TooManyRequests"}')
    })
    expect(await http.post(request, never())).toMatchObject({
      kind: 'answered',
      status: 429,
      headers: { 'retry-after': '2' },
      body: '{"reason":"TooManyRequests"}',
    })
  })

  it('sent nothing where nothing listens', async () => {
    const http = open(await unusedPort())
    expect(await http.post(request, never())).toEqual({ kind: 'unsent', code: 'ECONNREFUSED' })
  })

  it('sent nothing where no connection comes about, and tries a new one next time', async () => {
    let connections = 0
    const http = open(await listen(createServer(() => connections++)))
    expect(await http.post(request, never())).toEqual({ kind: 'unsent', code: 'timeout' })
    await expect.poll(() => connections).toBe(1)
    expect(await http.post(request, never())).toEqual({ kind: 'unsent', code: 'timeout' })
    await expect.poll(() => connections).toBe(2)
  })

  it('does not know what became of a request that is not answered in time', async () => {
    const http = await client(() => undefined)
    expect(await http.post(request, never())).toEqual({ kind: 'unanswered', code: 'timeout' })
  })

  it('does not know what became of a request whose connection was cut', async () => {
    const http = await client((stream) => stream.session?.destroy())
    expect(await http.post(request, never())).toMatchObject({ kind: 'unanswered' })
  })

  it('does not know what half an answer would have said', async () => {
    const http = await client((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('{"half', () => stream.session?.destroy())
    })
    expect(await http.post(request, never())).toMatchObject({ kind: 'unanswered' })
  })

  it('did not send what the server refused to look at', async () => {
    const http = await client((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    expect(await http.post(request, never())).toMatchObject({ kind: 'unsent' })
  })

  it('did not send what came after the last stream of a GOAWAY, and gets the answers before it', async () => {
    const streams: ServerHttp2Stream[] = []
    const http = await client((stream) => {
      streams.push(stream)
      if (streams.length === 2) {
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR, streams[0]?.id)
        streams[0]?.respond({ ':status': 200 })
        streams[0]?.end()
      }
    })
    const [first, second] = await Promise.all([http.post(request, never()), http.post(request, never())])
    expect(first).toMatchObject({ kind: 'answered', status: 200 })
    expect(second).toMatchObject({ kind: 'unsent' })
  })

  it('opens a new connection after a GOAWAY', async () => {
    const sessions = new Set<unknown>()
    const http = await client((stream) => {
      sessions.add(stream.session)
      stream.respond({ ':status': 200 })
      stream.end()
      stream.session?.goaway()
    })
    await http.post(request, never())
    await expect.poll(() => http.post(request, never())).toMatchObject({ kind: 'answered', status: 200 })
    expect(sessions.size).toBeGreaterThan(1)
  })

  it('sends nothing when it is aborted before', async () => {
    let streams = 0
    const http = await client(() => streams++)
    expect(await http.post(request, AbortSignal.abort())).toEqual({ kind: 'unsent', code: 'aborted' })
    expect(streams).toBe(0)
  })

  it('does not know what became of a request that is aborted under way', async () => {
    const aborting = new AbortController()
    const http = await client(() => aborting.abort())
    expect(await http.post(request, aborting.signal)).toEqual({ kind: 'unanswered', code: 'aborted' })
  })

  it('lets what is under way finish when it is closed', async () => {
    const http = await client((stream) => {
      closing = http.close()
      stream.respond({ ':status': 200 })
      stream.end('done')
    })
    let closing: Promise<void> | undefined
    expect(await http.post(request, never())).toMatchObject({ kind: 'answered', body: 'done' })
    await closing
  })
})

async function client(onStream: (stream: ServerHttp2Stream) => unknown): Promise<Http> {
  const { cert, key } = certificates
  const sessions = new Set<ServerHttp2Session>()
  const server = createSecureServer({ cert, key })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => undefined)
  })
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined)
    onStream(stream)
  })
  cleanUp.push(() => {
    for (const session of sessions) session.destroy()
  })
  return open(await listen(server))
}

function open(port: number): Http {
  const http = openHttp2({ url: `https://localhost:${port}`, ca: certificates.ca, timeoutMs })
  cleanUp.push(() => http.close())
  return http
}

async function listen(server: Server | Http2SecureServer): Promise<number> {
  const sockets = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
