import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { at, listAt, textAt } from './json.ts'
import { type Sandbox, startSandbox } from './start.ts'
import {
  aDataDir,
  aFcmMessage,
  assertion,
  emptyLedger,
  type FcmOptions,
  fcmClient,
  getJson,
  googleToken,
  registration,
  replied,
} from './test-clients.ts'

let sandbox: Sandbox
let fcm: Awaited<ReturnType<typeof fcmClient>>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  fcm = await fcmClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

async function refusal(options: FcmOptions): Promise<readonly unknown[]> {
  const { status, body } = replied(await fcm.request(options))
  const code = listAt(body, 'error', 'details')
    .map((detail) => textAt(detail, 'errorCode'))
    .find((each) => each)
  return [status, textAt(body, 'error', 'status'), code]
}

async function blamed(message: object): Promise<unknown> {
  const { body } = replied(await fcm.request({ message }))
  return at(
    listAt(body, 'error', 'details')
      .map((detail) => listAt(detail, 'fieldViolations')[0])
      .find((each) => each),
    'field',
  )
}

test('gives an access token for an assertion of the service account', async () => {
  expect(await googleToken(sandbox)).toMatchObject({
    status: 200,
    body: { access_token: expect.stringMatching(/^ya29\./), expires_in: 3599, token_type: 'Bearer' },
  })
})

test('gives one at every address that Google libraries have used', async () => {
  const form = { assertion: assertion(sandbox, { aud: 'https://www.googleapis.com/oauth2/v4/token' }) }
  expect(await googleToken(sandbox, form, 'www.googleapis.com', '/oauth2/v4/token')).toMatchObject({ status: 200 })
})

test('refuses assertions that are forged, old, long-lived, of somebody else or for somebody else', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  const stranger = String(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  )
  const forms = [
    [assertion(sandbox, {}, stranger), 'Invalid JWT Signature.'],
    [assertion(sandbox, { iss: 'else@example.com' }), 'Invalid grant: account not found'],
    [assertion(sandbox, { aud: 'https://example.com' }), 'Invalid JWT: Failed audience check.'],
    [assertion(sandbox, { iat: nowS - 8000, exp: nowS - 4400 }), expect.stringContaining('short-lived token')],
    [assertion(sandbox, { exp: nowS + 86_400 }), expect.stringContaining('short-lived token')],
  ] as const
  for (const [forged, description] of forms) {
    expect(await googleToken(sandbox, { assertion: forged })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: description },
    })
  }
  expect(await googleToken(sandbox, { grant_type: 'password' })).toMatchObject({
    status: 400,
    body: { error: 'unsupported_grant_type' },
  })
  expect(await googleToken(sandbox, { assertion: assertion(sandbox, { scope: '' }) })).toMatchObject({
    status: 400,
    body: { error: 'invalid_scope' },
  })
})

test('accepts a message under a name', async () => {
  expect(replied(await fcm.request())).toMatchObject({
    status: 200,
    body: { name: expect.stringMatching(/^projects\/carillon-sandbox\/messages\/./) },
  })
})

test('writes what a person sees into the ledger', async () => {
  const data = {
    deliveryId: 'dlv_01jd0000000000000000000000~push~u-7',
    deepLink: 'app://x',
    actions: '[{"id":"r","title":"Reply"}]',
  }
  await fcm.request({
    message: { data, notification: { title: 'Hello', body: 'World', image: 'https://example.com/a.png' } },
  })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    {
      provider: 'fcm',
      channel: 'PUSH',
      to: registration,
      recipientId: 'u-7',
      notificationId: 'ntf_01jd0000000000000000000000',
      collapseId: 'c-1',
      content: 'Hello\nWorld',
      imageUrl: 'https://example.com/a.png',
      deepLink: 'app://x',
      actions: [{ id: 'r', title: 'Reply' }],
    },
  ])
})

test('only looks at a message that is to be validated', async () => {
  expect(await refusal({ body: { validate_only: true, message: aFcmMessage() } })).toEqual([200, undefined, undefined])
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test('wants an access token of its own', async () => {
  for (const token of ['', 'ya29.nonsense', 'ya29.99999999999.forged', 'ya29.1.x']) {
    expect(await refusal({ token })).toEqual([401, 'UNAUTHENTICATED', undefined])
  }
})

test('knows one project', async () => {
  expect(await refusal({ project: 'somebody-elses' })).toEqual([403, 'PERMISSION_DENIED', undefined])
})

test.each<[string, FcmOptions]>([
  ['a token that is none', { message: { token: 'short' } }],
  ['no target', { message: { token: undefined } }],
  ['two targets', { message: { topic: 'news' } }],
  ['a number as data', { message: { data: { count: 3 } } }],
  ['a reserved key', { message: { data: { from: 'me' } } }],
  ['a reserved prefix', { message: { data: { 'google.x': 'me' } } }],
  ['a ttl without unit', { message: { android: { ttl: '60' } } }],
  ['a ttl beyond 28 days', { message: { android: { ttl: '2419201s' } } }],
  ['an unknown priority', { message: { android: { priority: 'urgent' } } }],
  ['an unknown field', { message: { recipient: 'x' } }],
  ['a title that is no text', { message: { notification: { title: 1 } } }],
  ['no message', { body: {} }],
  ['a list', { body: [] }],
  ['more than 4096 bytes', { message: { data: { x: 'x'.repeat(4096) } } }],
])('answers INVALID_ARGUMENT to %s', async (_, options) => {
  expect(await refusal(options)).toEqual([400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'])
})

test('names the field that is wrong', async () => {
  expect(await blamed({ token: 'short' })).toBe('message.token')
  expect(await blamed({ data: { a: 'b', c: 1 } })).toBe('message.data[1].value')
  expect(await blamed({ android: { ttl: 'x' } })).toBe('message.android.ttl')
  expect(await blamed({ data: { x: 'x'.repeat(5000) } })).toBeUndefined()
})
