import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type SesOptions, sesClient } from './a-ses-client.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, aDeliveryId, emptyLedger, getJson, replied } from './test-clients.ts'

let sandbox: Sandbox
let ses: ReturnType<typeof sesClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  ses = sesClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

async function refusal(options: SesOptions): Promise<readonly [number, string | undefined]> {
  const { status, headers } = replied(await ses.request(options))
  return [status, headers['x-amzn-errortype']]
}

const simple = (more: object) => ({
  Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'World' } }, ...more } },
})

test('accepts a mail that AWS has signed, in any region, and shows it as it is', async () => {
  const headers = [
    { Name: 'List-Unsubscribe', Value: '<https://example.com/u/1>' },
    { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
  ]
  const reply = replied(await ses.request({ region: 'eu-central-1', input: simple({ Headers: headers }) }))
  expect(reply).toMatchObject({ status: 200, body: { MessageId: expect.stringMatching(/^[0-9a-f-]{32,}$/) } })
  expect(await getJson(sandbox, '/messages')).toEqual([
    {
      at: expect.any(String),
      provider: 'ses',
      channel: 'EMAIL',
      to: 'ana@example.com',
      recipientId: 'u-1',
      notificationId: 'ntf_01jd0000000000000000000000',
      deliveryId: aDeliveryId('email'),
      collapseId: null,
      content: 'Hello\nWorld',
      providerId: (reply.body as { readonly MessageId: string }).MessageId,
      from: 'Carillon <hello@carillon.example>',
      subject: 'Hello',
      text: 'World',
      unsubscribeUrl: 'https://example.com/u/1',
    },
  ])
})

test('writes a row for each recipient, and none of the ids where there is no tag', async () => {
  await ses.request({
    input: { Destination: { ToAddresses: ['a@example.com'], CcAddresses: ['B <b@example.com>'] }, EmailTags: [] },
  })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    { to: 'a@example.com', deliveryId: null, content: 'Hello\nWorld', html: '<b>World</b>' },
    { to: 'b@example.com', deliveryId: null },
  ])
})

test.each<[string, SesOptions, string]>([
  ['another key', { keyId: 'AKIAOTHER' }, 'UnrecognizedClientException'],
  ['another secret', { key: 'wrong' }, 'InvalidSignatureException'],
  [
    'a body that was changed under way',
    { change: (request) => ({ ...request, body: request.body.replace('World', 'Earth') }) },
    'InvalidSignatureException',
  ],
  [
    'an address that was changed under way',
    { change: (request) => ({ ...request, path: `${request.path}?x=1` }) },
    'InvalidSignatureException',
  ],
  [
    'another moment than was signed',
    { change: (request) => ({ ...request, headers: { ...request.headers, 'x-amz-date': '20200101T000000Z' } }) },
    'IncompleteSignatureException',
  ],
  [
    'no signature',
    {
      change: (request) => ({
        ...request,
        headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'authorization')),
      }),
    },
    'MissingAuthenticationTokenException',
  ],
])('does not take a request with %s', async (_, options, name) => {
  expect(await refusal(options)).toEqual([403, name])
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test.each<[string, SesOptions['input'], number, string]>([
  ['nobody', { Destination: {} }, 400, 'BadRequestException'],
  ['an address that is none', { Destination: { ToAddresses: ['nobody'] } }, 400, 'BadRequestException'],
  ['a sender that is none', { FromEmailAddress: 'Carillon' }, 400, 'BadRequestException'],
  [
    'more than fifty',
    { Destination: { ToAddresses: Array.from({ length: 51 }, (_, n) => `u${n}@example.com`) } },
    400,
    'BadRequestException',
  ],
  ['no subject', { Content: { Simple: { Subject: undefined, Body: {} } } }, 400, 'BadRequestException'],
  ['no body', { Content: { Simple: { Subject: { Data: 'Hello' }, Body: {} } } }, 400, 'BadRequestException'],
  ['a tag with a tilde', { EmailTags: [{ Name: 'delivery_id', Value: 'dlv_1~email' }] }, 400, 'BadRequestException'],
  ['a header of two lines', simple({ Headers: [{ Name: 'X-A', Value: 'a\r\nb' }] }), 400, 'BadRequestException'],
  ['a configuration set that is none', { ConfigurationSetName: 'other' }, 404, 'NotFoundException'],
])('does not take a mail with %s', async (_, input, status, name) => {
  expect(await refusal({ input: input ?? {} })).toEqual([status, name])
})
