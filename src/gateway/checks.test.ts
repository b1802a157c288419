import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../local/free-port.ts'
import { checkPublicUrl } from './check-public-url.ts'
import { checkViewerAuth } from './check-viewer-auth.ts'
import { judgeWebhooks } from './check-webhooks.ts'

/** Answers everything with this. */
async function aServer(status: number, body: unknown): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test('the address for others is well where a gateway answers there', async () => {
  const url = await aServer(200, { live: true })
  expect(await checkPublicUrl(url, false)).toEqual({
    subject: 'PUBLIC_URL',
    state: 'ok',
    found: `${url} is reached from here`,
  })
})

test('the address for others may be one that only others reach', async () => {
  const nobody = `http://127.0.0.1:${await freePort()}`
  expect(await checkPublicUrl(nobody, false)).toMatchObject({
    state: 'warning',
    found: `${nobody}/livez is not reached from here (ECONNREFUSED)`,
  })
  const url = await aServer(404, {})
  expect(await checkPublicUrl(url, false)).toMatchObject({ found: `${url}/livez is not reached from here (404)` })
})

test('the address for others is a problem in production where it is no https, or this machine', async () => {
  expect(await checkPublicUrl('http://notifications.example.com', true)).toEqual({
    subject: 'PUBLIC_URL',
    state: 'problem',
    found: 'http://notifications.example.com sends what it is told in the clear',
    mend: 'set it to an https address',
  })
  expect(await checkPublicUrl('https://localhost:4000', true)).toMatchObject({ state: 'problem' })
})

test('webhooks of the providers in use are either taken or said not to be', () => {
  const settings = { publicUrl: 'https://n.example', twilio: { authToken: 'secret' } }
  expect(judgeWebhooks(['apns', 'ses', 'twilio'], settings)).toEqual([
    {
      subject: 'webhooks of ses',
      state: 'warning',
      found: 'not taken: what becomes of a message stays unknown',
      mend: 'configure what ses signs them with, and tell it https://n.example/webhooks/ses',
    },
    { subject: 'webhooks of twilio', state: 'ok', found: 'taken at https://n.example/webhooks/twilio' },
  ])
  expect(judgeWebhooks(['smtp'], settings)).toEqual([])
})

test('user tokens are checked with a secret, or with keys that are there', async () => {
  expect(await checkViewerAuth({ secret: 'geheim' })).toEqual({
    subject: 'user tokens',
    state: 'ok',
    found: 'are signed with VIEWER_JWT_SECRET',
  })
  const [keys, none, broken] = await Promise.all([
    aServer(200, { keys: [{ kty: 'EC', crv: 'P-256' }, { kty: 'RSA' }] }),
    aServer(200, { keys: [{ kty: 'oct', k: 'secret' }] }),
    aServer(500, {}),
  ])
  expect(await checkViewerAuth({ jwksUrl: keys })).toMatchObject({
    state: 'ok',
    found: `are checked with the 2 keys of ${keys}`,
  })
  expect(await checkViewerAuth({ jwksUrl: none })).toMatchObject({
    state: 'problem',
    found: `${none} has no public keys`,
  })
  expect(await checkViewerAuth({ jwksUrl: broken })).toMatchObject({
    state: 'problem',
    found: `${broken} gives no keys (500)`,
  })
  expect(await checkViewerAuth({ jwksUrl: 'http://127.0.0.1:1' })).toMatchObject({
    found: 'http://127.0.0.1:1 gives no keys (no answer)',
  })
})
