import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, expect, test } from 'vitest'
import { unique } from '../../test/setup/schema-app.ts'
import { replaceCallerKey, revokeCaller } from '../store/callers.ts'
import { aGateway, bearer, viewerSecret, viewerToken } from './a-gateway.ts'

const { app, ask, caller, close } = await aGateway()
afterAll(close)

const asCaller = { query: '{ callers { id } }' }
const asViewer = { query: '{ viewer { userId } }' }

const unauthenticated = {
  errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
}
const atField = (field: string, code: string) => ({
  data: null,
  errors: [{ message: expect.any(String), path: [field], locations: expect.any(Array), extensions: { code } }],
})

test('a caller may do what callers may, and nothing of a viewer', async () => {
  const { apiKey } = await caller()
  expect((await ask(asCaller, bearer(apiKey))).body).toEqual({ data: { callers: expect.any(Array) } })
  expect((await ask(asViewer, bearer(apiKey))).body).toEqual(atField('viewer', 'FORBIDDEN'))
})

test('a viewer may do what viewers may, and nothing of a caller', async () => {
  const userId = unique('user')
  const token = await viewerToken(userId)
  expect((await ask(asViewer, bearer(token))).body).toEqual({ data: { viewer: { userId } } })
  expect((await ask(asCaller, bearer(token))).body).toEqual(atField('callers', 'FORBIDDEN'))
})

test('who says nothing may look at the schema and nothing else', async () => {
  expect((await ask({ query: '{ __typename }' })).body).toEqual({ data: { __typename: 'Query' } })
  expect((await ask(asCaller)).body).toEqual(atField('callers', 'UNAUTHENTICATED'))
})

test.each([
  ['an unknown key', 'Bearer car_unknown'],
  ['no bearer', 'Basic YTpi'],
  ['no credentials', 'Bearer '],
  ['no token at all', 'Bearer nonsense'],
  ['a token signed by somebody else', `Bearer ${await viewerToken('ada', { secret: 'x'.repeat(40) })}`],
  ['a token that has expired', `Bearer ${await viewerToken('ada', { expiresIn: '-1s' })}`],
  ['a token of nobody', `Bearer ${await viewerToken('+44 20 7946 0000')}`],
  ['an unsigned token', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada"}')}.`],
])('%s is refused as a whole', async (_what, authorization) => {
  const { status, headers, body } = await ask({ query: '{ __typename }' }, { authorization })
  expect([status, headers.get('www-authenticate'), body]).toEqual([401, 'Bearer', unauthenticated])
})

test('a replaced key works on, a revoked one ends within a second', async () => {
  const { id, apiKey } = await caller()
  await replaceCallerKey(app.database, id, Buffer.from(unique('hash')))
  expect((await ask(asCaller, bearer(apiKey))).status).toBe(200)
  const began = performance.now()
  await revokeCaller(app.database, id)
  await expect.poll(async () => (await ask(asCaller, bearer(apiKey))).status).toBe(401)
  expect(performance.now() - began).toBeLessThan(1100)
})

test('a token stops working when it expires, though it has been seen before', async () => {
  const token = await viewerToken('ada', { expiresIn: '2s' })
  expect((await ask(asViewer, bearer(token))).status).toBe(200)
  await expect.poll(async () => (await ask(asViewer, bearer(token))).status, { timeout: 3000 }).toBe(401)
})

test('tokens can be checked with public keys from an address, for an issuer and an audience', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = createServer(async (_request, response) => {
    response.end(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => keys.once('listening', resolve))
  const address = keys.address()
  const jwksUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks`
  const other = await aGateway({
    settings: { viewerAuth: { jwksUrl, issuer: 'https://id.example', audience: 'carillon' } },
  })

  const token = (audience: string) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject('ada')
      .setIssuer('https://id.example')
      .setAudience(audience)
      .sign(privateKey)
  expect((await other.ask(asViewer, bearer(await token('carillon')))).body).toEqual({
    data: { viewer: { userId: 'ada' } },
  })
  expect((await other.ask(asViewer, bearer(await token('others')))).status).toBe(401)
  // A public key is no secret: nobody may sign with it as if it were one.
  const forged = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .setSubject('ada')
    .sign(new TextEncoder().encode(viewerSecret))
  expect((await other.ask(asViewer, bearer(forged))).status).toBe(401)
  await other.close()
  keys.close()
})
