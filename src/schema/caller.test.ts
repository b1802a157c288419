import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp } from '../../test/setup/schema-app.ts'
import { findCallerByKey, hashApiKey } from '../store/callers.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const keyResult = `
  __typename
  ... on CallerKeyPayload {
    apiKey
    caller { id name tiers perMinute bulk admin campaignPerSecond createdAt revokedAt }
  }
  ... on InvalidInput { code fields { path code } }
  ... on NotFound { code id }`
const create = `mutation ($input: CreateCallerInput!) { createCaller(input: $input) { ${keyResult} } }`
const rotate = `mutation ($id: ID!) { rotateCallerKey(id: $id) { ${keyResult} } }`
const revoke = `mutation ($id: ID!) { revokeCaller(id: $id) {
  __typename ... on Caller { id revokedAt } ... on NotFound { code message id } } }`

/** Makes a caller and says its id and key. */
async function make(input: object = { name: 'orders', tiers: ['SOCIAL'] }): Promise<{ id: string; apiKey: string }> {
  const answer = JSON.stringify(await run(anAdmin(), create, { input }))
  const [, apiKey] = /"apiKey":"(car_[\w-]{43})"/.exec(answer) ?? []
  const [, id] = /"id":"(clr_\w{26})"/.exec(answer) ?? []
  if (!apiKey || !id) throw new Error(answer)
  return { id, apiKey }
}

test('an administrator makes a caller, whose key works at once', async () => {
  const answer = await run(anAdmin(), create, {
    input: { name: 'campaigns', tiers: ['MARKETING', 'SOCIAL'], bulk: true, campaignPerSecond: 500 },
  })
  const caller = {
    id: expect.stringMatching(/^clr_[0-9a-z]{26}$/),
    name: 'campaigns',
    tiers: ['SOCIAL', 'MARKETING'],
    perMinute: 1_000,
    bulk: true,
    admin: false,
    campaignPerSecond: 500,
    createdAt: now.toISOString(),
    revokedAt: null,
  }
  expect(answer).toEqual({
    data: {
      createCaller: {
        __typename: 'CallerKeyPayload',
        apiKey: expect.stringMatching(/^car_[A-Za-z0-9_-]{43}$/),
        caller,
      },
    },
  })
  const { id, apiKey } = await make()
  expect((await findCallerByKey(app.database, hashApiKey(apiKey)))?.id).toBe(id)
})

test('every problem of a new caller is named', async () => {
  const input = { name: '', tiers: [], perMinute: 0, campaignPerSecond: 0 }
  expect(await run(anAdmin(), create, { input })).toEqual({
    data: {
      createCaller: {
        __typename: 'InvalidInput',
        code: 'INVALID_INPUT',
        fields: [
          { path: ['input', 'name'], code: 'BAD_NAME' },
          { path: ['input', 'tiers'], code: 'REQUIRED' },
          { path: ['input', 'perMinute'], code: 'OUT_OF_RANGE' },
          { path: ['input', 'campaignPerSecond'], code: 'OUT_OF_RANGE' },
        ],
      },
    },
  })
})

test('a rotated key works, and the old one for a while', async () => {
  const { id, apiKey } = await make()
  const answer = JSON.stringify(await run(anAdmin(), rotate, { id }))
  const [, newKey = ''] = /"apiKey":"(car_[\w-]{43})"/.exec(answer) ?? []
  expect(newKey).not.toBe(apiKey)
  for (const key of [apiKey, newKey]) {
    expect((await findCallerByKey(app.database, hashApiKey(key)))?.id).toBe(id)
  }
})

test('a revoked caller is refused and cannot be given a new key', async () => {
  const { id, apiKey } = await make()
  expect(await run(anAdmin(), revoke, { id })).toEqual({
    data: { revokeCaller: { __typename: 'Caller', id, revokedAt: expect.any(String) } },
  })
  expect(await findCallerByKey(app.database, hashApiKey(apiKey))).toBeUndefined()
  expect(await run(anAdmin(), rotate, { id })).toEqual({
    data: { rotateCallerKey: { __typename: 'NotFound', code: 'NOT_FOUND', id } },
  })
})

test.each(['', 'clr_00000000000000000000000000', 'clr_\0', 'usr_ada'])('there is no caller %j', async (id) => {
  const notFound = { __typename: 'NotFound', code: 'NOT_FOUND', id }
  expect(await run(anAdmin(), rotate, { id })).toEqual({ data: { rotateCallerKey: notFound } })
  expect(await run(anAdmin(), revoke, { id })).toEqual({
    data: { revokeCaller: { ...notFound, message: `There is no caller "${id}".` } },
  })
})

test('callers are listed, and each has its id', async () => {
  const { id } = await make({ name: 'listed', tiers: ['SOCIAL'] })
  const answer = await run(anAdmin(), '{ callers { id name } }')
  expect(answer).toEqual({ data: { callers: expect.arrayContaining([{ id, name: 'listed' }]) } })
  const node = 'query ($id: ID!) { node(id: $id) { __typename id ... on Caller { name } } }'
  expect(await run(anAdmin(), node, { id })).toEqual({ data: { node: { __typename: 'Caller', id, name: 'listed' } } })
  expect(await run(aCaller(), node, { id })).toMatchObject({
    data: { node: null },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
})

test.each([
  ['nobody', nobody, 'UNAUTHENTICATED'],
  ['a viewer', aViewer('ada'), 'FORBIDDEN'],
  ['an ordinary caller', aCaller(), 'FORBIDDEN'],
  ['a bulk caller', aCaller({ bulk: true }), 'FORBIDDEN'],
])('%s may not touch callers', async (_who, principal, code) => {
  const refused = { errors: [{ extensions: { code } }] }
  expect(await run(principal, '{ callers { id } }')).toMatchObject(refused)
  expect(await run(principal, create, { input: { name: 'x', tiers: ['SOCIAL'], admin: true } })).toMatchObject(refused)
  expect(await run(principal, rotate, { id: 'clr_00000000000000000000000000' })).toMatchObject(refused)
  expect(await run(principal, revoke, { id: 'clr_00000000000000000000000000' })).toMatchObject(refused)
})
