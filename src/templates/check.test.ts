import { describe, expect, it, test } from 'vitest'
import type { TemplateContent } from '../domain/template.ts'
import { type TemplateDraft, templateProblems } from './check.ts'

const draft = (parts: Partial<TemplateDraft> = {}): TemplateDraft => ({
  name: 'order.shipped',
  category: 'orders:shipping',
  sensitive: false,
  dataSchema: { type: 'object' },
  contents: [{ locale: 'en', sms: { body: 'Shipped: {{ order }}' } }],
  ...parts,
})

const where = (parts: Partial<TemplateDraft>) =>
  templateProblems(draft(parts)).map(({ path, code }) => `${path.join('.')} ${code}`)

const content = (parts: Partial<TemplateContent>) => where({ contents: [{ locale: 'en', ...parts }] })

test('a good template has no problems', () => {
  expect(templateProblems(draft())).toEqual([])
})

test('Liquid that does not parse is named with its line', () => {
  const email = { subject: 'Hi', html: '<p>\n{% if order %}</p>' }
  expect(templateProblems(draft({ contents: [{ locale: 'en', email }] }))).toEqual([
    {
      path: ['input', 'contents', '0', 'email', 'html'],
      code: 'LIQUID_SYNTAX',
      message: 'tag {% if order %} not closed, line:2, col:1',
    },
  ])
})

describe('a text is refused', () => {
  it.each([
    '{% include "x" %}',
    '{% render "x" %}',
    '{% layout "x" %}{% block a %}{% endblock %}',
    '{{ a | nofilter }}',
    '{{ a',
  ])('%s', (body) => {
    expect(content({ sms: { body } })).toEqual(['input.contents.0.sms.body LIQUID_SYNTAX'])
  })
})

test('every text of every language is checked, and every problem named at once', () => {
  const card = { title: '', body: '{{', imageUrl: 'data:x', deepLink: '{% %}', actions: [{ id: '', title: '{{' }] }
  const contents = [
    { locale: 'en', inApp: card, push: card },
    { locale: 'de', email: { subject: ' ', html: '', text: '{{' }, sms: { body: '' } },
  ]
  const problems = (channel: string) =>
    [
      'title REQUIRED',
      'body LIQUID_SYNTAX',
      'imageUrl BAD_LINK',
      'deepLink LIQUID_SYNTAX',
      'actions.0.id REQUIRED',
      'actions.0.title LIQUID_SYNTAX',
    ].map((problem) => `input.contents.0.${channel}.${problem}`)
  expect(where({ name: 'no spaces', category: '', dataSchema: { type: 'objet' }, contents })).toEqual([
    'input.name BAD_NAME',
    'input.category BAD_NAME',
    'input.dataSchema JSON_SCHEMA',
    ...problems('inApp'),
    ...problems('push'),
    'input.contents.1.email.subject REQUIRED',
    'input.contents.1.email.html REQUIRED',
    'input.contents.1.email.text LIQUID_SYNTAX',
    'input.contents.1.sms.body REQUIRED',
  ])
})

test('there has to be a language, and in it a channel', () => {
  expect(where({ contents: [] })).toEqual(['input.contents REQUIRED'])
  expect(content({})).toEqual(['input.contents.0 REQUIRED'])
})

test('a language is a BCP 47 tag and comes once', () => {
  const contents = ['en', 'pt-BR', 'zh-Hant-TW', 'EN', 'en_US', '', 'english language'].map((locale) => ({
    locale,
    sms: { body: 'x' },
  }))
  expect(where({ contents })).toEqual([
    'input.contents.3.locale DUPLICATE_LOCALE',
    'input.contents.4.locale BAD_LOCALE',
    'input.contents.5.locale BAD_LOCALE',
    'input.contents.6.locale BAD_LOCALE',
  ])
})

test('a sensitive template stays out of the inbox', () => {
  const contents = [{ locale: 'en', inApp: { title: 'x', body: 'x' } }]
  expect(where({ sensitive: true, contents })).toEqual(['input.contents.0.inApp SENSITIVE_IN_APP'])
})

test('an action has an id of its own', () => {
  const actions = [
    { id: 'a', title: 'A' },
    { id: 'a', title: 'B' },
  ]
  expect(content({ push: { title: 'x', body: 'x', actions } })).toEqual([
    'input.contents.0.push.actions.1.id DUPLICATE_ACTION',
  ])
})

test('a link made by Liquid is not judged before it is rendered', () => {
  expect(content({ push: { title: 'x', body: 'x', deepLink: '{{ scheme }}:alert(1)' } })).toEqual([])
})

test.each([
  ['that is none', 7],
  ['of an unknown keyword type', { type: 'objet' }],
  ['that refers to another', { $ref: 'https://example.com/other.json' }],
  ['of an unknown dialect', { $schema: 'https://example.com/mine' }],
  ['that is asynchronous', { $async: true }],
])('a JSON Schema %s is refused', (_what, dataSchema) => {
  expect(where({ dataSchema })).toEqual(['input.dataSchema JSON_SCHEMA'])
})

test.each([
  ['none', null],
  ['with formats', { properties: { at: { type: 'string', format: 'date-time' }, id: { format: 'our-own' } } }],
  ['of 2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] }],
  ['of draft 7', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }],
])('a JSON Schema %s is taken', (_what, dataSchema) => {
  expect(where({ dataSchema })).toEqual([])
})
