import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { apnsTokens } from './apns-token.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 17, minutes))
let account = 0
const open = () => apnsTokens({ key, keyId: 'KEY', teamId: `TEAM${account++}` })

test('a token names key, team and time, and is signed with ES256', () => {
  const { text } = apnsTokens({ key, keyId: 'ABC', teamId: 'XYZ' }).current(at(0))
  const [header = '', claims = '', signature = ''] = text.split('.')
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect([read(header), read(claims)]).toEqual([
    { alg: 'ES256', kid: 'ABC' },
    { iss: 'XYZ', iat: at(0).getTime() / 1000 },
  ])
  const signed = Buffer.from(`${header}.${claims}`)
  const byKey = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  expect(verify('sha256', signed, byKey, Buffer.from(signature, 'base64url'))).toBe(true)
})

test('a token serves for fifty minutes', () => {
  const tokens = open()
  const first = tokens.current(at(0))
  expect(tokens.current(at(50))).toBe(first)
  expect(tokens.current(at(51))).not.toBe(first)
})

test('all connections with a key share its token', () => {
  const settings = { key, keyId: 'KEY', teamId: 'SHARED' }
  expect(apnsTokens(settings).current(at(0))).toBe(apnsTokens({ ...settings }).current(at(1)))
})

test('an expired token is replaced once', () => {
  const tokens = open()
  const first = tokens.current(at(0))
  tokens.drop(first)
  const second = tokens.current(at(30))
  tokens.drop(first)
  expect(second).not.toBe(first)
  expect(tokens.current(at(31))).toBe(second)
})
