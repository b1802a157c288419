import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Certificates, openCertificates } from '../../sandbox/certificates.ts'
import { type AccessTokens, accessTokens } from './google-access-token.ts'

const folder = mkdtempSync(join(tmpdir(), 'carillon-token-'))
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const serviceAccount = {
  project_id: 'p',
  client_email: 'robot@p.example',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}

let certificates: Certificates
let google: Server
let minted: number
let answer: (response: ServerResponse) => void

beforeAll(async () => {
  certificates = await openCertificates(folder)
  google = createServer({ cert: certificates.cert, key: certificates.key }, (request: IncomingMessage, response) => {
    request.resume().on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => google.listen(0, resolve))
})
beforeEach(() => {
  minted = 0
  answer = give(3600)
})
afterAll(async () => {
  google.closeAllConnections()
  await new Promise((resolve) => google.close(resolve))
  rmSync(folder, { recursive: true })
})

test('a token is minted once, however many ask for it', async () => {
  const tokens = open()
  const given = await Promise.all(Array.from({ length: 10 }, () => tokens.current()))
  expect(given).toEqual(Array.from({ length: 10 }, () => expect.objectContaining({ kind: 'minted', text: 'token-1' })))
  expect(await tokens.current()).toMatchObject({ text: 'token-1' })
})

test('a token that was refused is replaced, once', async () => {
  const tokens = open()
  const first = await tokens.current()
  if (first.kind === 'minted') tokens.drop(first)
  const second = await tokens.current()
  if (first.kind === 'minted') tokens.drop(first)
  expect(second).toMatchObject({ text: 'token-2' })
  expect(await tokens.current()).toBe(second)
})

test('a token is replaced five minutes before it expires', async () => {
  answer = give(299)
  const tokens = open()
  expect(await tokens.current()).toMatchObject({ text: 'token-1' })
  expect(await tokens.current()).toMatchObject({ text: 'token-2' })
})

test('an account that Google does not know is ours to mend', async () => {
  answer = (response) => response.writeHead(400).end('{"error":"invalid_grant"}')
  expect(await open().current()).toEqual({ kind: 'config', code: 'access token 400' })
})

test('no token in time means that nothing was sent, and the next attempt asks again', async () => {
  answer = () => undefined
  const tokens = open()
  expect(await tokens.current()).toEqual({ kind: 'retryable', code: 'access token unavailable' })
  answer = give(3600)
  expect(await tokens.current()).toMatchObject({ text: 'token-1' })
})

function open(): AccessTokens {
  const address = google.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return accessTokens({ serviceAccount, tokenUrl: `https://localhost:${port}`, ca: certificates.ca, timeoutMs: 500 })
}

function give(seconds: number) {
  return (response: ServerResponse) => {
    minted += 1
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ access_token: `token-${minted}`, expires_in: seconds, token_type: 'Bearer' }))
  }
}
