import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertUsers } from '../store/users.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const mutation = `mutation ($input: HardStopInput!) { setHardStop(input: $input) {
  __typename
  ... on Preferences { userId hardStop updatedAt }
  ... on InvalidInput { fields { path code } }
  ... on NotFound { id } } }`

const reason = 'asked us to'
const answered = (result: object) => ({ data: { setHardStop: result } })
const refused = (code: string) => ({ errors: [{ extensions: { code } }] })
const shown = (userId: string, hardStop: boolean) =>
  answered({ __typename: 'Preferences', userId, hardStop, updatedAt: now.toISOString() })

async function aUser(): Promise<string> {
  const id = unique('ada')
  await upsertUsers(app.database, [{ id }], new Date(0))
  return id
}

test('a viewer sets her own, and cannot lift it', async () => {
  const ada = unique('ada')
  expect(await run(aViewer(ada), mutation, { input: { active: true, reason } })).toEqual(shown(ada, true))
  expect(await run(aViewer(ada), mutation, { input: { active: false, reason } })).toMatchObject(refused('FORBIDDEN'))
})

test('a caller sets it, and only an administrator lifts it', async () => {
  const userId = await aUser()
  expect(await run(aCaller(), mutation, { input: { userId, active: true, reason } })).toEqual(shown(userId, true))
  const lift = { input: { userId, active: false, reason } }
  expect(await run(aCaller({ bulk: true }), mutation, lift)).toMatchObject(refused('FORBIDDEN'))
  expect(await run(anAdmin(), mutation, lift)).toEqual(shown(userId, false))
})

test('what is wrong is named', async () => {
  expect(await run(anAdmin(), mutation, { input: { active: true, reason: ' ' } })).toEqual(
    answered({
      __typename: 'InvalidInput',
      fields: [
        { path: ['input', 'userId'], code: 'REQUIRED' },
        { path: ['input', 'reason'], code: 'BAD_REASON' },
      ],
    }),
  )
  const userId = unique('nobody')
  expect(await run(anAdmin(), mutation, { input: { userId, active: true, reason } })).toEqual(
    answered({ __typename: 'NotFound', id: userId }),
  )
})

test('nobody stops anybody, and a viewer nobody else', async () => {
  const input = { userId: await aUser(), active: true, reason }
  expect(await run(nobody, mutation, { input })).toMatchObject(refused('UNAUTHENTICATED'))
  expect(await run(aViewer(unique('bob')), mutation, { input })).toMatchObject(refused('FORBIDDEN'))
})
