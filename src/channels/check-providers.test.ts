import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { checkProviders } from './check-providers.ts'

type Accounts = Parameters<typeof checkProviders>[0]

const dataDir = mkdtempSync(join(tmpdir(), 'carillon-check-'))
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dataDir, { recursive: true })
})

const environment = (change: Readonly<Record<string, string>> = {}) => ({
  DATABASE_URL: 'postgresql://localhost/carillon',
  NATS_URL: 'nats://localhost',
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: 'a secret for viewers that is long enough',
  PROVIDER_TIMEOUT_MS: '2000',
  ...sandbox.environment,
  ...change,
})

async function found(accounts: Accounts) {
  const checkups = await checkProviders(accounts)
  return checkups.flatMap(({ diagnoses }) => diagnoses)
}

async function foundWith(change: Readonly<Record<string, string>>) {
  return (await found(parseConfig(environment(change)).providers)).filter(({ state }) => state !== 'ok')
}

const aKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test('every provider that takes its credentials is well, and tells the time', async () => {
  const checkups = await checkProviders(parseConfig(environment()).providers)
  expect(checkups.flatMap(({ diagnoses }) => diagnoses)).toEqual([
    { subject: 'apns', state: 'ok', found: 'takes the key and the topic' },
    { subject: 'fcm', state: 'ok', found: 'takes the service account' },
    { subject: 'sendgrid', state: 'ok', found: 'takes the key, which may send' },
    { subject: 'ses', state: 'ok', found: 'takes the key; the account may send' },
    { subject: 'smtp', state: 'ok', found: 'takes the credentials' },
    { subject: 'twilio', state: 'ok', found: 'takes the credentials; the account is active' },
    { subject: 'vonage', state: 'ok', found: 'takes the credentials; there is money left' },
  ])
  expect(checkups.flatMap(({ clocks = [] }) => clocks.map(({ whose }) => whose))).toEqual([
    'apns',
    'fcm',
    'sendgrid',
    'ses',
    'twilio',
    'vonage',
  ])
})

test('no message goes out', async () => {
  await checkProviders(parseConfig(environment()).providers)
  expect(await (await fetch(`${sandbox.url}/messages`)).json()).toEqual([])
})

test('wrong credentials are a problem, each at its provider', async () => {
  const { FCM_SERVICE_ACCOUNT: account = '' } = sandbox.environment
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = { ...JSON.parse(account), private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
  const wrong = {
    APNS_KEY: aKey(),
    FCM_SERVICE_ACCOUNT: JSON.stringify(other),
    SENDGRID_API_KEY: 'SG.wrong',
    TWILIO_AUTH_TOKEN: 'wrong',
  }
  expect(await foundWith(wrong)).toEqual([
    {
      subject: 'apns',
      state: 'problem',
      found: 'refuses the credentials (403)',
      mend: 'correct APNS_KEY, APNS_KEY_ID and APNS_TEAM_ID',
    },
    {
      subject: 'fcm',
      state: 'problem',
      found: 'Google gives this account no access token (access token 400)',
      mend: 'correct FCM_SERVICE_ACCOUNT',
    },
    {
      subject: 'sendgrid',
      state: 'problem',
      found: 'refuses the credentials (401)',
      mend: 'correct SENDGRID_API_KEY',
    },
    {
      subject: 'twilio',
      state: 'problem',
      found: 'refuses the credentials (401)',
      mend: 'correct TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN',
    },
  ])
})

test('a key that is none, and a topic of somebody else, are told apart', async () => {
  expect(await foundWith({ APNS_KEY: 'nonsense' })).toEqual([
    {
      subject: 'apns',
      state: 'problem',
      found: 'the key is none that a token can be signed with',
      mend: 'put the whole .p8 file into APNS_KEY',
    },
  ])
  expect(await foundWith({ APNS_TOPIC: 'app.of.others' })).toEqual([
    {
      subject: 'apns',
      state: 'problem',
      found: 'the key is not for this topic',
      mend: 'correct APNS_TOPIC: it is the bundle id of the app',
    },
  ])
})

test('a provider that is not there, and one that is unwell', async () => {
  expect(await foundWith({ TWILIO_URL: 'http://127.0.0.1:1' })).toEqual([
    {
      subject: 'twilio',
      state: 'problem',
      found: 'does not answer (ECONNREFUSED)',
      mend: 'let this machine connect to it, or correct its address',
    },
  ])
  await putFault({ kind: 'unavailable', count: 1 })
  expect(await foundWith({})).toEqual([
    { subject: 'sendgrid', state: 'warning', found: 'cannot tell now (503)', mend: 'ask again later' },
  ])
})

test('without any provider that is what is said', async () => {
  expect(await found({})).toEqual([
    {
      subject: 'providers',
      state: 'warning',
      found: 'there are none',
      mend: 'configure one: nothing but the inbox works without',
    },
  ])
})

const from = 'hello@example.com'

describe('SES', () => {
  const account = { SendingEnabled: true, ProductionAccessEnabled: true, EnforcementStatus: 'HEALTHY' }
  const settings = { region: 'eu-west-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', timeoutMs: 2000 }

  test.each([
    [200, account, { state: 'ok', found: 'takes the key; the account may send' }],
    [200, { ...account, ProductionAccessEnabled: false }, { state: 'warning' }],
    [200, { ...account, SendingEnabled: false }, { state: 'problem', found: 'the account may not send' }],
    [403, { message: 'The security token is invalid' }, { state: 'problem', found: 'refuses the credentials (403)' }],
  ])('is judged by what it says of the account: %i %j', async (status, body, said) => {
    const { url, requests } = await aServer(status, body)
    expect(await found({ ses: { ...settings, url, from } })).toMatchObject([{ subject: 'ses', ...said }])
    expect(requests.map(({ method, url: path, headers }) => [method, path, headers.authorization])).toEqual([
      [
        'GET',
        '/v2/email/account',
        expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/ses\//),
      ],
    ])
  })
})

describe('Vonage', () => {
  test.each([
    [200, { value: 12.5, autoReload: false }, { state: 'ok' }],
    [200, { value: 0, autoReload: false }, { state: 'warning' }],
    [401, { 'error-code': '401' }, { state: 'problem', found: 'refuses the credentials (401)' }],
  ])('is judged by its balance: %i %j', async (status, body, said) => {
    const { url, requests } = await aServer(status, body)
    const vonage = { url, apiKey: 'key', apiSecret: 'secret', from: 'Carillon', timeoutMs: 2000 }
    expect(await found({ vonage })).toMatchObject([{ subject: 'vonage', ...said }])
    expect(requests.map(({ url: path, headers }) => [path, headers.authorization])).toEqual([
      ['/account/get-balance', `Basic ${Buffer.from('key:secret').toString('base64')}`],
    ])
  })
})

describe('a mail server', () => {
  test('is signed in to', async () => {
    const place = await aMailServer('carillon', 'geheim')
    const at = (credentials: string) => ({ smtp: { url: `smtp://${credentials}@${place}`, from, timeoutMs: 2000 } })
    expect(await found(at('carillon:geheim'))).toEqual([
      { subject: 'smtp', state: 'ok', found: 'takes the credentials' },
    ])
    expect(await found(at('carillon:wrong'))).toEqual([
      {
        subject: 'smtp',
        state: 'problem',
        found: 'refuses the credentials',
        mend: 'correct user and password in SMTP_URL',
      },
    ])
    expect(await found({ smtp: { url: 'smtp://127.0.0.1:1', from, timeoutMs: 2000 } })).toMatchObject([
      { state: 'problem' },
    ])
  })
})

/** Answers everything with this. */
async function aServer(status: number, body: unknown) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://${placeOf(server.address())}`, requests }
}

async function aMailServer(user: string, password: string): Promise<string> {
  const server = new SMTPServer({
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password: given }, _session, answer) =>
      username === user && given === password ? answer(null, { user }) : answer(new Error('wrong')),
  })
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return placeOf(listening.address())
}

function placeOf(address: ReturnType<ReturnType<typeof createServer>['address']>): string {
  return typeof address === 'object' && address ? `127.0.0.1:${address.port}` : ''
}

async function putFault(fault: { readonly kind: string; readonly count: number }): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${sandbox.url}/faults/sendgrid`, { method: 'PUT', headers, body: JSON.stringify(fault) })
}
