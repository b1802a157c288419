import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, openSchemaApp } from '../../test/setup/schema-app.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

// There is one list for the whole installation.
const forget = () => app.database.pool.query('DELETE FROM frequency_caps')
beforeEach(forget)
afterEach(forget)

const cap = '{ tier category channel limit perSeconds }'
const query = `{ frequencyCaps ${cap} }`
const mutation = `mutation ($caps: [FrequencyCapInput!]!) { setFrequencyCaps(caps: $caps) {
  __typename ... on FrequencyCapsPayload { caps ${cap} } ... on InvalidInput { fields { path code } } } }`

const marketing = { tier: 'MARKETING', category: null, limit: 5, perSeconds: 86_400 }
const defaults = ['PUSH', 'EMAIL', 'SMS'].map((channel) => ({ ...marketing, channel }))
const push = { ...marketing, channel: 'PUSH' }

const refused = (code: string) => ({ errors: [{ extensions: { code } }] })

test('the default holds until any are set, also where they are set to none', async () => {
  expect(await run(aCaller(), query)).toEqual({ data: { frequencyCaps: defaults } })
  const caps = [
    { ...push, limit: 1 },
    { ...push, perSeconds: 3_600 },
    { ...push, category: 'news' },
  ]
  expect(await run(anAdmin(), mutation, { caps })).toEqual({
    data: { setFrequencyCaps: { __typename: 'FrequencyCapsPayload', caps } },
  })
  expect(await run(aCaller(), query)).toEqual({ data: { frequencyCaps: caps } })
  await run(anAdmin(), mutation, { caps: [] })
  expect(await run(aCaller(), query)).toEqual({ data: { frequencyCaps: [] } })
})

test('every problem is named at once, and nothing is changed', async () => {
  const caps = [push, { ...push, limit: 0, perSeconds: -1 }, { ...push, limit: 9 }, { ...push, category: 'a b' }]
  expect(await run(anAdmin(), mutation, { caps })).toEqual({
    data: {
      setFrequencyCaps: {
        __typename: 'InvalidInput',
        fields: [
          { path: ['caps', '1', 'limit'], code: 'OUT_OF_RANGE' },
          { path: ['caps', '1', 'perSeconds'], code: 'OUT_OF_RANGE' },
          { path: ['caps', '2'], code: 'DUPLICATE_CAP' },
          { path: ['caps', '3', 'category'], code: 'BAD_CATEGORY' },
        ],
      },
    },
  })
  expect(await run(aCaller(), query)).toEqual({ data: { frequencyCaps: defaults } })
})

test('callers see them, administrators set them, viewers neither', async () => {
  expect(await run(aCaller({ bulk: true }), mutation, { caps: [] })).toMatchObject(refused('FORBIDDEN'))
  expect(await run(aViewer('ada'), query)).toMatchObject(refused('FORBIDDEN'))
})
