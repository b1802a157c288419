import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { aClientOfEach } from './a-client-of-each.ts'
import { isObject, parseJson, textAt } from './json.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, getJson, putFault, replied, twilioClient } from './test-clients.ts'

const main = join(import.meta.dirname, 'main.ts')

interface Running {
  readonly child: ChildProcess
  readonly errors: () => string
}

function run(environment: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], SANDBOX_PORT: '0', ...environment },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  return { child, errors: () => errors.join('') }
}

/** A sandbox process that is ready, with the environment it hands out. */
async function ready({ child, errors }: Running): Promise<Sandbox> {
  if (!child.stdout) throw new Error('no stdout')
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit').then(() => [''])])
  const url = textAt(parseJson(line), 'sandbox')
  if (url === undefined) throw new Error(`it did not start: ${errors()}`)
  const response: unknown = await (await fetch(`${url}/environment`)).json()
  const environment = Object.fromEntries(
    Object.entries(isObject(response) ? response : {}).map(([key, value]) => [key, String(value)]),
  )
  return { url, environment, close: async () => void child.kill('SIGKILL') }
}

async function exitCode({ child }: Running): Promise<unknown> {
  return child.exitCode ?? (await once(child, 'exit'))[0]
}

test('says where it is, and the environment it hands out is all that every client needs', async () => {
  const sandbox = await ready(run({ CARILLON_DATA_DIR: aDataDir() }))
  expect(Object.keys(sandbox.environment).sort()).toEqual([
    'APNS_KEY',
    'APNS_KEY_ID',
    'APNS_TEAM_ID',
    'APNS_TOPIC',
    'APNS_URL',
    'AWS_ACCESS_KEY_ID',
    'AWS_REGION',
    'AWS_SECRET_ACCESS_KEY',
    'EMAIL_FAILOVER',
    'EMAIL_FROM',
    'FCM_SERVICE_ACCOUNT',
    'FCM_TOKEN_URL',
    'FCM_URL',
    'PROVIDER_CA',
    'SENDGRID_API_KEY',
    'SENDGRID_URL',
    'SENDGRID_WEBHOOK_KEY',
    'SES_CONFIGURATION_SET',
    'SES_TOPIC_ARN',
    'SES_URL',
    'SMTP_URL',
    'SNS_CERT_URL',
    'TWILIO_ACCOUNT_SID',
    'TWILIO_AUTH_TOKEN',
    'TWILIO_FROM',
    'TWILIO_URL',
    'VONAGE_API_KEY',
    'VONAGE_API_SECRET',
    'VONAGE_FROM',
    'VONAGE_SIGNATURE_SECRET',
    'VONAGE_URL',
  ])
  const clients = await aClientOfEach(sandbox)
  const statuses = await Promise.all(clients.map(async (client) => replied(await client.send()).status))
  expect(statuses).toEqual([200, 200, 202, 200, 250, 201, 200])
  for (const client of clients) client.close()
})

test('killed, it loses no row that was answered, and comes back at the same addresses', async () => {
  const environment = { CARILLON_DATA_DIR: aDataDir() }
  const first = run(environment)
  const before = await ready(first)
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => replied(await twilioClient(before).send()).status),
  )
  first.child.kill('SIGKILL')
  await exitCode(first)
  const after = await ready(run(environment))
  expect(statuses.filter((status) => status === 201)).toHaveLength(50)
  expect(await getJson(after, '/messages')).toHaveLength(50)
  const kept = [
    'APNS_URL',
    'APNS_KEY',
    'FCM_TOKEN_URL',
    'FCM_SERVICE_ACCOUNT',
    'PROVIDER_CA',
    'SENDGRID_API_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'SMTP_URL',
    'TWILIO_AUTH_TOKEN',
    'VONAGE_API_SECRET',
  ]
  expect(kept.map((name) => after.environment[name])).toEqual(kept.map((name) => before.environment[name]))
})

test.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s, also with a request hanging', async (signal) => {
  const running = run({ CARILLON_DATA_DIR: aDataDir() })
  const sandbox = await ready(running)
  await putFault(sandbox, 'twilio', { kind: 'hang' })
  const hanging = twilioClient(sandbox).send()
  await expect.poll(() => getJson(sandbox, '/faults')).toMatchObject({ twilio: { requests: 1 } })
  running.child.kill(signal)
  expect([await exitCode(running), await hanging]).toEqual([0, 'cut'])
})

test('ends when its parent has gone', async () => {
  const running = run({ CARILLON_DATA_DIR: aDataDir(), CARILLON_PARENT: 'stdin' })
  await ready(running)
  running.child.stdin?.destroy()
  expect(await exitCode(running)).toBe(0)
})

test('does not start where real credentials are, and names them', async () => {
  const running = run({
    CARILLON_DATA_DIR: aDataDir(),
    SENDGRID_API_KEY: 'SG.real',
    SMTP_URL: 'smtp://x',
    TWILIO_AUTH_TOKEN: '',
  })
  expect(await exitCode(running)).toBe(1)
  expect(running.errors()).toMatch(
    /^The sandbox does not start .*\(SENDGRID_API_KEY, SMTP_URL\).*CARILLON_PROVIDERS=real/,
  )
})

test('starts there when told so, and where the credentials are its own', async () => {
  const CARILLON_DATA_DIR = aDataDir()
  const first = run({ CARILLON_DATA_DIR, SENDGRID_API_KEY: 'SG.real', CARILLON_PROVIDERS: 'real' })
  const { environment } = await ready(first)
  first.child.kill('SIGTERM')
  await exitCode(first)
  await ready(run({ ...environment, CARILLON_DATA_DIR }))
})

test('says so when the port it was given is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  const running = run({ CARILLON_DATA_DIR: aDataDir(), SANDBOX_PORT: port })
  expect(await exitCode(running)).toBe(1)
  expect(running.errors()).toBe(
    `Port ${port} is taken: set SANDBOX_PORT to another, or leave it unset for the next free one.\n`,
  )
})

test('takes the next free port when it was given none', async () => {
  const sandboxes = [await startSandbox({ dataDir: aDataDir() }), await startSandbox({ dataDir: aDataDir() })]
  const [one = 0, other = 0] = sandboxes.map(({ url }) => Number(new URL(url).port))
  expect([one >= 4010, other > one]).toEqual([true, true])
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
})

test('does not start twice with one data folder', async () => {
  const dataDir = aDataDir()
  const sandbox = await startSandbox({ port: 0, dataDir })
  onTestFinished(() => sandbox.close())
  await expect(startSandbox({ port: 0, dataDir })).rejects.toThrow('A sandbox is already running with this data folder')
})

test('keeps its secrets to its owner', async () => {
  const dataDir = aDataDir()
  await (await startSandbox({ port: 0, dataDir })).close()
  const modes = ['apns-key.pem', 'fcm-service-account.json', 'certificates.json', 'ledger.ndjson'].map(
    (name) => statSync(join(dataDir, 'sandbox', name)).mode & 0o777,
  )
  expect(modes).toEqual([0o600, 0o600, 0o600, 0o600])
})
