import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type Http, openHttp } from './http.ts'

const request = { path: '/v3/mail/send', headers: { authorization: 'Bearer x' }, body: '{}' }
const never = () => new AbortController().signal
const cleanUp: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

describe('HTTP/1.1 to a provider', () => {
  it('gives the answer with status, headers and body, below the path of the base address', async () => {
    const http = await client((incoming, answer) => {
      answer.writeHead(429, { 'Retry-After': '2' }).end(`${incoming.method} ${incoming.url}`)
    })
    expect(await http.post(request, never())).toMatchObject({
      kind: 'answered',
      status: 429,
      headers: { 'retry-after': '2' },
      body: 'POST /base/v3/mail/send',
    })
  })

  it('sent nothing where nothing listens', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const http = open(port)
    expect(await http.post(request, never())).toEqual({ kind: 'unsent', code: 'ECONNREFUSED' })
  })

  it('does not know what became of a request that is not answered in time', async () => {
    const http = await client(() => undefined)
    expect(await http.post(request, never())).toEqual({ kind: 'unanswered', code: 'timeout' })
  })

  it('does not know what became of a request whose connection was cut, and does not repeat it', async () => {
    let requests = 0
    const http = await client((incoming) => {
      requests += 1
      incoming.socket.destroy()
    })
    expect(await http.post(request, never())).toMatchObject({ kind: 'unanswered' })
    expect(requests).toBe(1)
  })

  it('does not know what half an answer would have said', async () => {
    const http = await client((incoming, answer) => {
      answer.writeHead(200, { 'content-length': '100' }).write('{"half', () => incoming.socket.destroy())
    })
    expect(await http.post(request, never())).toMatchObject({ kind: 'unanswered' })
  })

  it('does not send later what found no free connection in time', async () => {
    let requests = 0
    const http = await client((_, answer) => {
      requests += 1
      setTimeout(() => answer.end(), 400)
    }, 600)
    const busy = Array.from({ length: 64 }, () => http.post(request, never()))
    await expect.poll(() => requests).toBe(64)
    const aborting = new AbortController()
    const waiting = http.post(request, aborting.signal)
    aborting.abort()
    expect(await waiting).toEqual({ kind: 'unsent', code: 'aborted' })
    await Promise.all(busy)
    expect(await http.post(request, never())).toMatchObject({ kind: 'answered' })
    expect(requests).toBe(65)
  })

  it('sends nothing when it is aborted before', async () => {
    let requests = 0
    const http = await client(() => requests++)
    expect(await http.post(request, AbortSignal.abort())).toEqual({ kind: 'unsent', code: 'aborted' })
    expect(requests).toBe(0)
  })

  it('does not know what became of a request that is aborted under way', async () => {
    const aborting = new AbortController()
    const http = await client(() => aborting.abort())
    expect(await http.post(request, aborting.signal)).toEqual({ kind: 'unanswered', code: 'aborted' })
  })
})

async function client(onRequest: RequestListener, timeoutMs?: number): Promise<Http> {
  const server = createServer(onRequest)
  const port = await listen(server)
  cleanUp.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return open(port, timeoutMs)
}

function open(port: number, timeoutMs = 300): Http {
  const http = openHttp({ url: `http://127.0.0.1:${port}/base/`, timeoutMs })
  cleanUp.push(() => http.close())
  return http
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
