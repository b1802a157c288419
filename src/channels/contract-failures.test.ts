import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { OutcomeKind } from '../domain/outcome.ts'
import { type Certificates, openCertificates } from '../sandbox/certificates.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { adapters, elsewhere, providersOf, type Wire } from './a-adapter.ts'
import { type Answering, anHttp2Server, anHttpServer, aRawServer, type ProviderServer } from './a-provider-server.ts'

/*
 * What is no answer, and who does not answer at all. Once a request is on its way, only a whole answer that is the
 * provider's own says what became of it; before that, nothing was sent. Half an SMTP transaction is in contract-smtp.
 */

const timeoutMs = 1_000
const folder = mkdtempSync(join(tmpdir(), 'carillon-failures-'))
/** FCM's access tokens come from it. */
let sandbox: Sandbox
let certificates: Certificates
let strangers: Certificates

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  certificates = await openCertificates(join(folder, 'sandbox'))
  strangers = await openCertificates(mkdtempSync(join(folder, 'strangers-')))
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

/** A provider's server that breaks down while it answers. Nobody can do so in SMTP, which answers every line. */
const brokenAnswers: readonly (readonly [title: string, OutcomeKind, Answering])[] = [
  ['answers, but not in time', 'unknown', (reply) => setTimeout(() => reply.writeHead(200), timeoutMs * 4).unref()],
  ['is cut off before the headers', 'unknown', (_, cut) => cut()],
  [
    'is cut off after the headers',
    'unknown',
    (reply, cut) => {
      reply.writeHead(200, { 'content-length': '100' })
      reply.write('')
      setImmediate(cut)
    },
  ],
  [
    'is cut off in the middle of the body',
    'unknown',
    (reply, cut) => {
      reply.writeHead(200, { 'content-length': '100' })
      reply.write('{"name":"m')
      setImmediate(cut)
    },
  ],
  [
    'drips its body and is not done in time',
    'unknown',
    (reply) => {
      reply.writeHead(200, { 'content-length': '100' })
      const drip = setInterval(() => reply.write('x'), timeoutMs / 20)
      reply.on('close', () => clearInterval(drip))
    },
  ],
  ['says 200 in JSON that ends early', 'unknown', answering(200, '{"name":"projects/p/mess')],
  ['says 200 in JSON of somebody else', 'unknown', answering(200, '{"hello":"world"}')],
  ['says 200 in a page for people', 'unknown', answering(200, '<html>Welcome to the hotel</html>')],
  ['says 204', 'unknown', answering(204, '')],
  ['sends elsewhere', 'config', answering(302, '')],
  ['says 502 in a page for people', 'retryable', answering(502, '<html>Bad Gateway</html>')],
  ['says 504 in a page for people', 'unknown', answering(504, '<html>Gateway Timeout</html>')],
]

/** Whoever is at that address, it is no provider. In SMTP the server speaks first: nothing has been sent by then. */
const noProvider: readonly (readonly [title: string, Record<Wire, OutcomeKind>, (socket: Socket) => void])[] = [
  ['says nothing', { http: 'unknown', h2: 'unknown', smtp: 'retryable' }, (socket) => socket.resume()],
  [
    'talks gibberish',
    { http: 'unknown', h2: 'unknown', smtp: 'retryable' },
    (socket) => socket.end('?!\r\n?!\r\n\r\n'),
  ],
  ['listens, and hangs up', { http: 'unknown', h2: 'unknown', smtp: 'retryable' }, hangUpOnFirstWords],
]

const noTls: readonly (readonly [title: string, () => Promise<ProviderServer>])[] = [
  ['has the certificate of a stranger', () => aRawServer((socket) => socket.resume(), strangers)],
  ['does not finish the TLS handshake', () => aRawServer((socket) => socket.resume())],
  ['does not speak TLS', () => aRawServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'))],
  ['hangs up on the TLS handshake', () => aRawServer(hangUpOnFirstWords)],
]

describe.each(adapters)('$title', ({ attempt, wire }) => {
  const answers = wire === 'smtp' ? [] : brokenAnswers
  it.concurrent.for(answers)('when the provider %s, the outcome is %s', async ([, kind, answer], test) => {
    const server = await (wire === 'h2' ? anHttp2Server(certificates, answer) : anHttpServer(answer))
    test.expect(await outcomeAt(server, test)).toMatchObject({ kind })
    test.expect(server.requests(), 'requests of one attempt').toBe(1)
  })

  it.concurrent.for(noProvider)('when who is there %s, nothing is taken for granted', async ([, kinds, talk], test) => {
    const server = await aRawServer(talk, wire === 'h2' ? certificates : undefined)
    test.expect(await outcomeAt(server, test)).toMatchObject({ kind: kinds[wire] })
    test.expect(server.requests(), 'connections of one attempt').toBe(1)
  })

  it.concurrent.for(noTls)('when the server %s, nothing was sent', async ([, start], test) => {
    const outcome = await outcomeAt(await start(), test, 'https')
    test.expect(outcome).toEqual({ kind: 'retryable', code: expect.stringMatching(/^[A-Za-z_]+$/) })
  })

  async function outcomeAt(server: ProviderServer, { onTestFinished }: TestContext, scheme?: 'https') {
    const providers = providersOf({ ...sandbox.environment, ...elsewhere(server.port, scheme) }, timeoutMs)
    onTestFinished(async () => {
      await providers.close()
      await server.close()
    })
    return attempt(providers)
  }
})

function answering(status: number, body: string): Answering {
  return (reply) => {
    reply.writeHead(status, { 'content-type': 'text/html', location: 'https://example.com/' })
    reply.end(body)
  }
}

function hangUpOnFirstWords(socket: Socket): void {
  socket.once('data', () => socket.destroy())
  // Who waits to be greeted says nothing by itself.
  setTimeout(() => socket.destroy(), timeoutMs / 2).unref()
}
