import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import { type Certificates, openCertificates } from '../sandbox/certificates.ts'
import { adapterOf, providersOf } from './a-adapter.ts'
import { aMailServer, type MailServer, type Script } from './a-mail-server.ts'
import type { Providers } from './providers.ts'

/*
 * What a mail server replies at each step of a transaction, or does instead. Until it has agreed to take the message,
 * nothing was sent; from then on only its reply to the end of the message says what became of it.
 */

const timeoutMs = 2_000
const folder = mkdtempSync(join(tmpdir(), 'carillon-smtp-'))
const { attempt } = adapterOf('smtp')
const cleanUp: (() => Promise<unknown>)[] = []
let certificates: Certificates

beforeAll(async () => {
  certificates = await openCertificates(folder)
})
afterAll(async () => {
  for (const clean of cleanUp.reverse()) await clean()
  rmSync(folder, { recursive: true })
})

describe('a reply', () => {
  it.each<[keyof Script, string, Outcome]>([
    ['connect', '421 4.3.2 too busy', { kind: 'retryable', code: '421 4.3.2' }],
    ['connect', '554 no SMTP service here', { kind: 'config', code: '554' }],
    ['EHLO', '421 closing', { kind: 'retryable', code: '421' }],
    ['MAIL', '421 4.7.0 try again later', { kind: 'retryable', code: '421 4.7.0', throttled: true }],
    ['MAIL', '450 4.7.28 unusual rate of mail', { kind: 'retryable', code: '450 4.7.28', throttled: true }],
    ['MAIL', '451 4.3.0 local error', { kind: 'retryable', code: '451 4.3.0' }],
    ['MAIL', '530 5.7.0 authentication required', { kind: 'config', code: '530 5.7.0' }],
    ['MAIL', '550 5.7.1 not your address', { kind: 'config', code: '550 5.7.1' }],
    ['MAIL', '552 5.3.4 too big', { kind: 'permanent', code: '552 5.3.4' }],
    ['MAIL', '553 sender is none', { kind: 'config', code: '553' }],
    ['RCPT', '450 4.2.1 busy', { kind: 'retryable', code: '450 4.2.1' }],
    ['RCPT', '451 4.7.1 greylisted', { kind: 'retryable', code: '451 4.7.1' }],
    ['RCPT', '452 4.5.3 too many recipients', { kind: 'retryable', code: '452 4.5.3' }],
    ['RCPT', '501 5.1.3 bad syntax', { kind: 'stale_target', code: '501 5.1.3' }],
    ['RCPT', '550 5.1.1 no such user', { kind: 'stale_target', code: '550 5.1.1' }],
    ['RCPT', '550 no such user', { kind: 'stale_target', code: '550' }],
    ['RCPT', '550-5.1.1 no such user:\r\n550 5.1.1 ask elsewhere', { kind: 'stale_target', code: '550 5.1.1' }],
    ['RCPT', '550 5.7.1 blocked by policy', { kind: 'permanent', code: '550 5.7.1' }],
    ['RCPT', '551 not local', { kind: 'stale_target', code: '551' }],
    ['RCPT', '553 mailbox name not allowed', { kind: 'stale_target', code: '553' }],
    ['RCPT', '554 5.7.1 relay access denied', { kind: 'permanent', code: '554 5.7.1' }],
    ['RCPT', '556 the domain takes no mail', { kind: 'stale_target', code: '556' }],
    ['DATA', '451 4.3.0 local error', { kind: 'retryable', code: '451 4.3.0' }],
    ['DATA', '554 no valid recipients', { kind: 'permanent', code: '554' }],
    ['.', '250 2.0.0 queued as 4F1', { kind: 'accepted', code: '250 2.0.0', providerId: expect.any(String) }],
    ['.', '250-2.0.0 two\r\n250 2.0.0 lines', { kind: 'accepted', code: '250 2.0.0', providerId: expect.any(String) }],
    ['.', '421 4.3.2 shutting down', { kind: 'retryable', code: '421 4.3.2' }],
    ['.', '450 4.7.0 slow down', { kind: 'retryable', code: '450 4.7.0', throttled: true }],
    ['.', '451 4.3.0 local error', { kind: 'retryable', code: '451 4.3.0' }],
    ['.', '452 4.3.1 disk full', { kind: 'retryable', code: '452 4.3.1' }],
    ['.', '550 5.1.1 no such user', { kind: 'stale_target', code: '550 5.1.1' }],
    ['.', '550 5.7.1 looks like spam', { kind: 'permanent', code: '550 5.7.1' }],
    ['.', '550 looks like spam', { kind: 'permanent', code: '550' }],
    ['.', '552 5.2.2 mailbox full', { kind: 'permanent', code: '552 5.2.2' }],
    ['.', '554 5.6.0 no', { kind: 'permanent', code: '554 5.6.0' }],
  ])('to %s of %j decides', async (word, reply, outcome) => {
    const { server, providers } = await serving({ [word]: reply })
    expect(await attempt(providers)).toEqual(outcome)
    expect(server.heard.filter((line) => line.startsWith('MAIL')).length, 'transactions').toBeLessThanOrEqual(1)
  })

  it('names neither address nor content in what it leaves', async () => {
    const { providers } = await serving({ RCPT: '550 5.1.1 <ann@example.com> of "Grüße, Ann & Bob" is nobody' })
    expect(await attempt(providers)).toEqual({ kind: 'stale_target', code: '550 5.1.1' })
  })

  it('means the same when the commands before it went out together', async () => {
    const EHLO = '250-mail.example.com\r\n250 PIPELINING'
    const refused = await serving({ EHLO, RCPT: '550 5.1.1 no such user', DATA: '503 5.5.1 no recipients' })
    expect(await attempt(refused.providers)).toEqual({ kind: 'stale_target', code: '550 5.1.1' })
    const taken = await serving({ EHLO })
    expect(await attempt(taken.providers)).toMatchObject({ kind: 'accepted' })
  })
})

describe('instead of a reply', () => {
  const steps = [
    ['connect', 'retryable'],
    ['EHLO', 'retryable'],
    ['MAIL', 'retryable'],
    ['RCPT', 'retryable'],
    ['DATA', 'retryable'],
    ['.', 'unknown'],
  ] as const

  it.each([...steps, ['text', 'unknown'] as const])('to %s the connection is cut: %s', async (word, kind) => {
    const { server, providers } = await serving({ [word]: (socket: Socket) => socket.destroy() })
    expect(await attempt(providers)).toEqual({ kind, code: expect.stringMatching(/^[A-Z]+$/) })
    expect(server.connections()).toBe(1)
  })

  it.concurrent.for(steps)('to %s nothing comes: %s', async ([word, kind], test) => {
    const { providers } = await serving({ [word]: () => undefined })
    test.expect(await attempt(providers)).toEqual({ kind, code: 'timeout' })
  })

  it.concurrent.for(steps)('to %s a reply drips, and is not there in time: %s', async ([word, kind], test) => {
    const { providers } = await serving({ [word]: drip })
    test.expect(await attempt(providers)).toEqual({ kind, code: 'timeout' })
  })

  it.each(steps)('to %s comes gibberish: %s', async (word, kind) => {
    const { providers } = await serving({ [word]: '?!' })
    expect(await attempt(providers)).toMatchObject({ kind })
  })

  it.each(['2', '25', '2 ok', '299999', '354 go on', '250'])('to the end of the message comes %j', async (reply) => {
    const { providers } = await serving({ '.': reply })
    expect(await attempt(providers)).toMatchObject({ kind: reply === '250' ? 'accepted' : 'unknown' })
  })

  it.each(['250 2.0.0 ok', '25'])('to the end of the message comes half a line: %j', async (reply) => {
    const { providers } = await serving({ '.': (socket) => socket.end(reply) })
    expect(await attempt(providers)).toMatchObject({ kind: 'unknown' })
  })
})

describe('connections', () => {
  it('carry one message after the other, also after one that was refused', async () => {
    let recipients = 0
    const { server, providers } = await serving({
      RCPT: (socket) => socket.write(++recipients === 1 ? '550 5.1.1 no such user\r\n' : '250 2.1.5 ok\r\n'),
    })
    const kinds = [await attempt(providers), await attempt(providers), await attempt(providers)].map(({ kind }) => kind)
    expect(kinds).toEqual(['stale_target', 'accepted', 'accepted'])
    expect(server.connections()).toBe(1)
    expect(server.heard.map((line) => line.split(/[ :]/)[0])).toEqual([
      'EHLO',
      'MAIL',
      'RCPT',
      'RSET',
      'MAIL',
      'RCPT',
      'DATA',
      '.',
      'MAIL',
      'RCPT',
      'DATA',
      '.',
    ])
  })

  it('are ten at most; what finds none in time was not sent', async () => {
    const { server, providers } = await serving({ '.': () => undefined })
    const busy = Array.from({ length: 10 }, () => attempt(providers))
    await expect.poll(() => server.heard.filter((line) => line === '.').length).toBe(10)
    const aborting = new AbortController()
    const waiting = attempt(providers, { signal: aborting.signal })
    aborting.abort()
    expect(await waiting).toEqual({ kind: 'retryable', code: 'aborted' })
    expect(new Set((await Promise.all(busy)).map(({ kind }) => kind))).toEqual(new Set(['unknown']))
    expect(server.connections()).toBe(10)
  })

  it('are opened again when the server has closed them', async () => {
    const { server, providers } = await serving({
      '.': (socket) => socket.write('250 2.0.0 queued\r\n', () => socket.end('421 4.4.2 idle\r\n')),
    })
    expect(await attempt(providers)).toMatchObject({ kind: 'accepted' })
    await expect.poll(() => attempt(providers)).toMatchObject({ kind: 'accepted' })
    expect(server.connections()).toBeGreaterThan(1)
  })

  it('finish what is under way when they are closed, and say goodbye', async () => {
    const { server, providers } = await serving({
      '.': (socket) => {
        closing = providers.close()
        socket.write('250 2.0.0 queued\r\n')
      },
    })
    let closing: Promise<void> | undefined
    expect(await attempt(providers)).toMatchObject({ kind: 'accepted' })
    await closing
    await expect.poll(() => server.heard.at(-1)).toBe('QUIT')
  })
})

describe('credentials', () => {
  const user = 'ann%40example.com:p%40ss'

  it('are sent over TLS, from the first byte or after STARTTLS', async () => {
    const implicit = await serving({}, { user, implicit: true, certificates })
    const started = await serving({ EHLO: '250-mail.example.com\r\n250 STARTTLS' }, { user, certificates })
    for (const { server, providers } of [implicit, started]) {
      expect(await attempt(providers)).toMatchObject({ kind: 'accepted' })
      const login = server.heard.find((line) => line.startsWith('AUTH PLAIN '))
      expect(Buffer.from(login?.slice(11) ?? '', 'base64').toString()).toBe('\0ann@example.com\0p@ss')
    }
  })

  it.each([
    ['535 5.7.8 wrong', { kind: 'config', code: '535 5.7.8' }],
    ['454 4.7.0 too many logins', { kind: 'retryable', code: '454 4.7.0', throttled: true }],
    ['454 try later', { kind: 'retryable', code: '454' }],
    ['502 no AUTH here', { kind: 'config', code: '502' }],
  ])('are refused with %j', async (AUTH, outcome) => {
    const { providers } = await serving({ AUTH }, { user, implicit: true, certificates })
    expect(await attempt(providers)).toEqual(outcome)
  })

  it('are never sent in the clear', async () => {
    const { server, providers } = await serving({ EHLO: '250 AUTH PLAIN', STARTTLS: '502 no TLS here' }, { user })
    expect(await attempt(providers)).toEqual({ kind: 'config', code: '502' })
    expect(server.heard.filter((line) => line.startsWith('AUTH'))).toEqual([])
  })

  it('are not sent to a stranger, nor is a message', async () => {
    const strangers = await openCertificates(mkdtempSync(join(folder, 'strangers-')))
    const { server, providers } = await serving({ EHLO: '250 STARTTLS' }, { certificates: strangers })
    expect(await attempt(providers)).toEqual({
      kind: 'retryable',
      code: expect.stringMatching(/^(CERT|UNABLE_TO_VERIFY)_/),
    })
    expect(server.heard).toEqual([expect.stringMatching(/^EHLO /), 'STARTTLS'])
  })
})

interface Served {
  readonly server: MailServer
  readonly providers: Providers
}

async function serving(
  script: Script,
  given: { readonly user?: string; readonly implicit?: boolean; readonly certificates?: Certificates } = {},
): Promise<Served> {
  const server = await aMailServer(script, given)
  const user = given.user === undefined ? '' : `${given.user}@`
  const SMTP_URL = `smtp${given.implicit ? 's' : ''}://${user}127.0.0.1:${server.port}`
  const environment = { SMTP_URL, EMAIL_FROM: 'Carillon <hello@example.com>', PROVIDER_CA: certificates.ca }
  const providers = providersOf(environment, timeoutMs)
  cleanUp.push(
    () => server.close(),
    () => providers.close(),
  )
  return { server, providers }
}

function drip(socket: Socket): void {
  const dripping = setInterval(() => socket.write('2'), timeoutMs / 20)
  socket.on('close', () => clearInterval(dripping))
}
