import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { TemplateContent } from '../domain/template.ts'
import type { Channel } from '../domain/words.ts'
import { compileTemplate } from './compile.ts'
import { type RenderInput, renderContent } from './render.ts'
import { RenderError } from './render-error.ts'

const aTemplate = (...contents: readonly TemplateContent[]) =>
  compileTemplate({
    name: 'order.shipped',
    version: 1,
    tier: 'TRANSACTIONAL',
    category: 'orders',
    readCancelsOthers: false,
    inboxFallback: false,
    sensitive: false,
    channels: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
    dataSchema: null,
    contents,
  })

const input = (parts: Partial<RenderInput> = {}): RenderInput => ({
  locale: 'en',
  data: {},
  user: { userId: 'ann', attributes: {} },
  ...parts,
})

const sms = (body: string, parts: Partial<RenderInput> = {}) =>
  renderContent(aTemplate({ locale: 'en', sms: { body } }), 'SMS', input(parts)).body

const html = (source: string, data: unknown) =>
  renderContent(aTemplate({ locale: 'en', email: { subject: 'x', html: source } }), 'EMAIL', input({ data })).html

describe('variables', () => {
  it('are the fields of the data, also below "data"', () => {
    expect(
      sms('{{ code }} {{ data.code }} {{ order.items[0].name }}', {
        data: { code: 7, order: { items: [{ name: 'Tea' }] } },
      }),
    ).toBe('7 7 Tea')
  })

  it('are text as it can be stored and sent, also where a filter cuts a character in half', () => {
    expect(sms('{{ text | split: "" | last }}', { data: { text: 'ab🔔' } })).toBe('�')
  })

  it('tell who the user is by id and attributes', () => {
    const user = { userId: 'ann', attributes: { plan: 'gold' } }
    expect(sms('{{ user.userId }} {{ user.plan }} {{ user.attributes.plan }}', { user })).toBe('ann gold gold')
  })

  it.each(['{{ user.email }}', '{{ user.phone }}', '{{ user.constructor }}', '{{ toString }}', '{{ __proto__ }}'])(
    'do not include %s',
    (text) => {
      expect(() => sms(text)).toThrow(RenderError)
    },
  )

  it('that are missing are named', () => {
    expect(error(() => sms('Total {{ order.total }}', { data: { order: {} } }))).toMatchObject({
      channel: 'SMS',
      variable: 'order.total',
      message: 'SMS: undefined variable: order.total, line:1, col:10',
    })
  })

  it('that are missing may have a default or be asked about', () => {
    expect(sms('{{ name | default: "you" }}{% if vip %}!{% endif %}{{ user.nick | default: "?" }}')).toBe('you?')
  })

  it('that are null are nothing', () => {
    expect(sms('[{{ name }}]', { data: { name: null } })).toBe('[]')
  })
})

test('a plain variable reads the same whether Liquid or the fast path renders it', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
  )
  fc.assert(
    fc.property(value, (name) => {
      expect(html('<p>{{ name }}</p>', { name })).toBe(html('<p>{{ name }}{% if false %}{% endif %}</p>', { name }))
    }),
  )
})

test('HTML e-mail escapes whatever the data says', () => {
  const template =
    '{{ a }}{{ a | upcase }}{{ a | escape }}{% for x in list %}{{ x }}{% endfor %}{{ list }}{{ list | join: a }}'
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'abc;#1 ') }), (a) => {
      expect(html(template, { a, list: [a, a] })).not.toMatch(/[<>"']|&(?!(amp|lt|gt|#34|#39);)/)
    }),
  )
})

test('an explicit escape does not escape twice, and raw does not escape', () => {
  expect(html('{{ a | escape }} {{ a | raw }}', { a: '<b>' })).toBe('&lt;b&gt; <b>')
})

test('nothing but HTML is escaped', () => {
  const template = aTemplate({
    locale: 'en',
    sms: { body: '{{ a }}' },
    email: { subject: '{{ a }}', html: '<p>{{ a }}</p>', text: '{{ a }}' },
  })
  expect(renderContent(template, 'SMS', input({ data: { a: 'Q&A' } }))).toEqual({ body: 'Q&A', segments: 1 })
  expect(renderContent(template, 'EMAIL', input({ data: { a: 'Q&A' } }))).toEqual({
    subject: 'Q&A',
    html: '<p>Q&amp;A</p>',
    text: 'Q&A',
  })
})

test('no line break gets into a subject', () => {
  const template = aTemplate({ locale: 'en', email: { subject: '{{ a }}', html: '<p>x</p>' } })
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'\r\n\u2028\u2029\u0085\0 ab:') }), (a) => {
      expect(renderContent(template, 'EMAIL', input({ data: { a } })).subject).toMatch(/^[ ab:]*$/)
    }),
  )
})

test('an e-mail without a text of its own says what its HTML says', () => {
  const template = aTemplate({ locale: 'en', email: { subject: 'x', html: '<p>Hi {{ a }}</p>' } })
  expect(renderContent(template, 'EMAIL', input({ data: { a: 'Tom & Ann' } })).text).toBe('Hi Tom & Ann')
})

describe('the language', () => {
  const template = aTemplate(
    { locale: 'de', sms: { body: 'de' }, push: { title: 'de', body: 'de' } },
    { locale: 'en', sms: { body: 'en' }, email: { subject: 'en', html: 'en' } },
    { locale: 'pt-BR', sms: { body: 'pt-BR' } },
    { locale: 'zh-Hant', sms: { body: 'zh-Hant' } },
  )
  it.each([
    ['the exact one', 'pt-BR', 'SMS', 'pt-BR'],
    ['the exact one in any case', 'PT-br', 'SMS', 'pt-BR'],
    ['the one without the region', 'de-AT', 'SMS', 'de'],
    ['the one with the script', 'zh-Hant-TW', 'SMS', 'zh-Hant'],
    ['English where hers is missing', 'fr', 'SMS', 'en'],
    ['English where hers lacks the channel', 'de', 'EMAIL', 'en'],
    ['the first that has the channel where there is no English', 'fr', 'PUSH', 'de'],
  ] as const)('is %s', (_sentence, locale, channel, expected) => {
    const content = renderContent(template, channel, input({ locale }))
    expect('subject' in content ? content.subject : content.body).toBe(expected)
  })

  it('is no help where no language has the channel', () => {
    expect(error(() => renderContent(template, 'IN_APP', input()))).toMatchObject({
      message: 'IN_APP: template "order.shipped" has no text for it',
    })
  })
})

describe('a card', () => {
  const card = {
    title: 'Hi {{ name }}',
    body: ' shipped\n',
    imageUrl: 'https://cdn.example/{{ name }}.png',
    deepLink: 'shop://orders/{{ name }}',
    actions: [{ id: 'track', title: 'Track {{ name }}', deepLink: '/track/{{ name }}' }],
  }
  const template = aTemplate({ locale: 'en', inApp: card, push: card })
  const rendered = {
    title: 'Hi Ann',
    body: 'shipped',
    imageUrl: 'https://cdn.example/Ann.png',
    deepLink: 'shop://orders/Ann',
    actions: [{ id: 'track', title: 'Track Ann', deepLink: '/track/Ann' }],
  }
  const push = { imageUrl: 'https://cdn.example/x.png', deepLink: null, actions: [{ id: 'ok', title: 'OK' }] }
  const data = { name: 'Ann' }

  it.each<Channel>(['IN_APP', 'PUSH'])('is rendered with its links and actions (%s)', (channel) => {
    expect(renderContent(template, channel, input({ data }))).toEqual(rendered)
  })

  it("takes what the notification sets for its pushes over the template's", () => {
    expect(renderContent(template, 'PUSH', input({ data, push }))).toEqual({
      ...rendered,
      imageUrl: 'https://cdn.example/x.png',
      actions: [{ id: 'ok', title: 'OK', deepLink: undefined }],
    })
  })

  it('in the inbox is not changed by what is set for pushes', () => {
    expect(renderContent(template, 'IN_APP', input({ data, push }))).toEqual(rendered)
  })

  it('loses a link that runs a script, and is sent', () => {
    const risky = { title: 't', body: 'b', imageUrl: '{{ url }}', deepLink: '{{ url }}' }
    const url = 'java\nscript:alert(1)'
    expect(renderContent(aTemplate({ locale: 'en', inApp: risky }), 'IN_APP', input({ data: { url } }))).toEqual({
      title: 't',
      body: 'b',
      imageUrl: undefined,
      deepLink: undefined,
      actions: [],
    })
  })
})

describe('a template that costs too much is stopped', () => {
  it.each([
    ['memory', '{% for i in (1..100000000) %}x{% endfor %}'],
    [
      'time',
      '{% for i in (1..9999) %}{% for j in (1..9999) %}{% for k in (1..9999) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
  ])('%s', (_what, text) => {
    expect(() => sms(text)).toThrow(/limit exceeded/)
  })
})

function error(run: () => unknown): unknown {
  try {
    return run()
  } catch (thrown) {
    return thrown
  }
}
