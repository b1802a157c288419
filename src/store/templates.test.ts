import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import { findTemplate, listTemplates, type NewTemplate, templateVersion, upsertTemplate } from './templates.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'templates-test' })
afterAll(() => database.close())

const then = new Date('2026-11-22T10:00:00.000Z')
const later = new Date('2026-11-22T11:00:00.000Z')

const aTemplate = (parts: Partial<NewTemplate> = {}): NewTemplate => ({
  name: unique('template'),
  tier: 'SOCIAL',
  category: 'social.like',
  readCancelsOthers: false,
  inboxFallback: false,
  sensitive: false,
  dataSchema: { type: 'object', required: ['who'] },
  contents: [
    { locale: 'en', sms: { body: 'Hello' } },
    { locale: 'de', sms: { body: 'Hallo' }, inApp: { title: 'Hallo', body: '{{ who }}' } },
  ],
  ...parts,
})

test('the first upsert makes version 1', async () => {
  const template = aTemplate()
  const stored = await upsertTemplate(database, template, then)
  expect(stored).toEqual({ ...template, version: 1, channels: ['IN_APP', 'SMS'], updatedAt: then })
  expect(await findTemplate(database, template.name)).toEqual(stored)
})

test('the same template again changes nothing, in whatever order its keys are', async () => {
  const template = aTemplate()
  const stored = await upsertTemplate(database, template, then)
  const again = { ...template, dataSchema: { required: ['who'], type: 'object' } }
  expect(await upsertTemplate(database, again, later)).toEqual(stored)
  expect(await templateVersion(database, template.name, 2)).toBeUndefined()
})

const changes: readonly Partial<NewTemplate>[] = [
  { tier: 'MARKETING' },
  { category: 'social.follow' },
  { readCancelsOthers: true },
  { inboxFallback: true },
  { sensitive: true, contents: [{ locale: 'en', sms: { body: 'Hello' } }] },
  { dataSchema: null },
  { contents: [{ locale: 'en', sms: { body: 'Hello!' } }] },
]
test.each(changes)('a change makes the next version and leaves the one before it alone: %o', async (change) => {
  const template = aTemplate()
  const { updatedAt: _then, ...first } = await upsertTemplate(database, template, then)
  const second = await upsertTemplate(database, { ...template, ...change }, later)
  expect(second).toEqual({ ...first, ...change, channels: second.channels, version: 2, updatedAt: later })
  expect(await templateVersion(database, template.name, 1)).toEqual(first)
})

test('no schema and a change back are told apart from what was', async () => {
  const template = aTemplate({ dataSchema: null })
  await upsertTemplate(database, template, then)
  expect((await upsertTemplate(database, template, later)).version).toBe(1)
  expect((await upsertTemplate(database, { ...template, dataSchema: {} }, later)).version).toBe(2)
  expect((await upsertTemplate(database, template, later)).version).toBe(3)
})

test('upserts at once make one version for each change', async () => {
  const template = aTemplate()
  const upserts = Array.from({ length: 20 }, (_, index) =>
    upsertTemplate(database, { ...template, category: `category.${index % 4}` }, then),
  )
  const versions = (await Promise.all(upserts)).map(({ version, category }) => `${version} ${category}`)
  const made = new Set(versions)
  expect(new Set([...made].map((each) => each.split(' ')[0])).size).toBe(made.size)
  expect((await findTemplate(database, template.name))?.version).toBe(made.size)
})

test('one upsert is one version, however often it comes at once', async () => {
  const template = aTemplate()
  const stored = await Promise.all(Array.from({ length: 10 }, () => upsertTemplate(database, template, then)))
  expect(stored.map(({ version }) => version)).toEqual(Array(10).fill(1))
})

test('templates are listed by name, a page at a time', async () => {
  const prefix = unique('list')
  const names = ['a', 'b', 'c'].map((letter) => `${prefix}-${letter}`)
  for (const name of names.toReversed()) await upsertTemplate(database, aTemplate({ name }), then)
  const page = await listTemplates(database, prefix, 2)
  expect(page.map(({ name }) => name)).toEqual(names.slice(0, 2))
  const [next] = await listTemplates(database, page.at(-1)?.name, 1)
  expect(next?.name).toBe(names[2])
})

test('a template that is not there', async () => {
  expect(await findTemplate(database, unique('template'))).toBeUndefined()
  expect(await findTemplate(database, 'a\0b')).toBeUndefined()
})
