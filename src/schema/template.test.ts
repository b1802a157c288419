import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { run, close } = await openSchemaApp(() => now)
afterAll(close)

const fields = `__typename id name tier category sensitive readCancelsOthers inboxFallback channels locales dataSchema
  contents version updatedAt`
const upsert = `mutation ($input: UpsertTemplateInput!) { upsertTemplate(input: $input) {
  __typename ... on Template { ${fields} } ... on InvalidInput { code fields { path code } } } }`
const template = `query ($name: String!) { template(name: $name) { ${fields} } }`
const node = `query ($id: ID!) { node(id: $id) { ... on Template { ${fields} } } }`

const aTemplate = (parts: object = {}) => ({
  name: unique('template'),
  tier: 'SOCIAL',
  category: 'social.like',
  dataSchema: { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] },
  contents: [
    {
      push: { title: 'New', body: '{{ who }}', actions: [{ id: 'open', title: 'Open', deepLink: null }] },
      email: { subject: 'New', html: '<p>{{ who }}</p>', text: null },
      sms: null,
    },
    { locale: 'de', inApp: { title: 'Neu', body: '{{ who }}', imageUrl: 'https://example.com/a.png' } },
  ],
  ...parts,
})

test('an administrator makes a template, callers read it', async () => {
  const input = aTemplate()
  const shown = {
    __typename: 'Template',
    id: `tpl_${input.name}`,
    name: input.name,
    tier: 'SOCIAL',
    category: 'social.like',
    sensitive: false,
    readCancelsOthers: false,
    inboxFallback: false,
    channels: ['IN_APP', 'PUSH', 'EMAIL'],
    locales: ['en', 'de'],
    dataSchema: input.dataSchema,
    contents: [
      {
        locale: 'en',
        push: { title: 'New', body: '{{ who }}', actions: [{ id: 'open', title: 'Open' }] },
        email: { subject: 'New', html: '<p>{{ who }}</p>' },
      },
      { locale: 'de', inApp: { title: 'Neu', body: '{{ who }}', imageUrl: 'https://example.com/a.png' } },
    ],
    version: 1,
    updatedAt: now.toISOString(),
  }
  expect(await run(anAdmin(), upsert, { input })).toEqual({ data: { upsertTemplate: shown } })
  expect(await run(aCaller(), template, { name: input.name })).toEqual({ data: { template: shown } })
  expect(await run(aCaller(), node, { id: shown.id })).toEqual({ data: { node: shown } })
  const changed = { ...shown, tier: 'MARKETING', category: 'news', version: 2 }
  const next = { ...input, tier: 'MARKETING', category: 'news' }
  expect(await run(anAdmin(), upsert, { input: next })).toEqual({ data: { upsertTemplate: changed } })
  expect(await run(anAdmin(), upsert, { input: next })).toEqual({ data: { upsertTemplate: changed } })
})

const content = { locale: 'en', sms: { body: 'Hello' } }
const bad: readonly (readonly [string, object, readonly string[]])[] = [
  ['Liquid that does not parse', { contents: [{ sms: { body: '{{ who ' } }] }, ['input.contents.0.sms.body']],
  ['no language', { contents: [] }, ['input.contents']],
  ['a language twice', { contents: [content, content] }, ['input.contents.1.locale']],
  ['a bad locale', { contents: [{ ...content, locale: 'english!' }] }, ['input.contents.0.locale']],
  ['a language without a channel', { contents: [{ locale: 'en' }] }, ['input.contents.0']],
  ['a bad name and category', { name: 'a b', category: '' }, ['input.name', 'input.category']],
  ['a schema that is none', { dataSchema: { type: 'no-such-type' } }, ['input.dataSchema']],
  ['a schema that is too deep', { dataSchema: nested(41) }, ['input.dataSchema']],
  [
    'a secret in the inbox',
    { sensitive: true, contents: [{ inApp: { title: 'a', body: 'b' } }] },
    ['input.contents.0.inApp'],
  ],
  ['a text that cannot be stored', { contents: [{ sms: { body: 'a\0b' } }] }, ['input.contents.0']],
  ['a text that is too long', { contents: [{ sms: { body: 'x'.repeat(270_000) } }] }, ['input.contents.0']],
]
test.each(bad)('a template may not have %s', async (_what, parts, paths) => {
  const input = aTemplate(parts)
  expect(await run(anAdmin(), upsert, { input })).toEqual({
    data: {
      upsertTemplate: {
        __typename: 'InvalidInput',
        code: 'INVALID_INPUT',
        fields: paths.map((path) => ({ path: path.split('.'), code: expect.any(String) })),
      },
    },
  })
  expect(await run(aCaller(), template, { name: input.name })).toEqual({ data: { template: null } })
})

test('templates are listed by name, a page at a time', async () => {
  for (let count = 0; count < 3; count++) await run(anAdmin(), upsert, { input: aTemplate() })
  const list =
    'query ($after: String) { templates(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } } }'
  const names: string[] = []
  let after: string | undefined
  do {
    const answer = JSON.stringify(await run(aCaller(), list, { after }))
    names.push(...[...answer.matchAll(/"name":"([^"]+)"/g)].map(([, name = '']) => name))
    expect(answer).toContain(`"hasPreviousPage":${after !== undefined}`)
    after = answer.includes('"hasNextPage":true') ? /"endCursor":"([^"]+)"/.exec(answer)?.[1] : undefined
  } while (after)
  expect(names.length).toBeGreaterThanOrEqual(3)
  expect(new Set(names).size).toBe(names.length)
})

test.each([
  'first: -1',
  'first: 0',
  'first: 101',
  'after: "x"',
  'after: ""',
  'after: "WyJcdTAwMDAiXQ"',
  'after: "WyJhIiwiYiJd"',
])('a list cannot be asked for with %s', async (argument) => {
  expect(await run(aCaller(), `{ templates(${argument}) { nodes { name } } }`)).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test.each(['', 'no-such-template', 'a\0b'])('there is no template %j', async (name) => {
  expect(await run(aCaller(), template, { name })).toEqual({ data: { template: null } })
  expect(await run(aCaller(), node, { id: `tpl_${name}` })).toEqual({ data: { node: null } })
})

test.each([
  ['nobody', nobody, 'UNAUTHENTICATED'],
  ['a viewer', aViewer('ada'), 'FORBIDDEN'],
])('%s sees no templates', async (_who, principal, code) => {
  const refused = { errors: [{ extensions: { code } }] }
  expect(await run(principal, template, { name: 'order.shipped' })).toMatchObject(refused)
  expect(await run(principal, '{ templates { nodes { name } } }')).toMatchObject(refused)
})

test('an ordinary caller may not change templates', async () => {
  expect(await run(aCaller({ bulk: true }), upsert, { input: aTemplate() })).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
})

function nested(depth: number): unknown {
  let schema: object = {}
  for (let level = 1; level < depth; level++) schema = { properties: schema }
  return schema
}
