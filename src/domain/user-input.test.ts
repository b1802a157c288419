import { describe, expect, it, test } from 'vitest'
import { type UserInput, usersProblems } from './user-input.ts'

const codesOf = (user: Partial<UserInput>) =>
  usersProblems([{ id: 'ada', ...user }]).map(({ path, code }) => `${path.slice(3).join('.')} ${code}`)

describe('a user id', () => {
  it.each([
    'ada',
    'A-Z_a.z:0-9',
    '1',
    '123456789',
    '1234567890123456789',
    '4f0c2d4e-0001-4000-8000-000000000000',
    'tel:abc',
    'x'.repeat(128),
  ])('may be %s', (id) => {
    expect(codesOf({ id })).toEqual([])
  })

  it.each([
    '',
    'x'.repeat(129),
    'ada lovelace',
    'ada~1',
    'ada@example.com',
    '+15555550100',
    'ä',
    'a\0',
    'ada\n',
    '15555550100',
    '555-555-0100',
    '555.555.0100',
    'tel:15555550100',
    '491511234567890',
  ])('may not be %j', (id) => {
    expect(codesOf({ id })).toEqual(['id BAD_USER_ID'])
  })
})

const good: Record<Exclude<keyof UserInput, 'id'>, readonly unknown[]> = {
  email: [
    null,
    'ada@example.com',
    "o'hara+news@mail.example.co.uk",
    `${'l'.repeat(64)}@example.com`,
    'a@xn--bcher-kva.example',
  ],
  phone: [null, '+15555550100', '+4930123456', '+491711234567', '+442079460000'],
  timeZone: [null, 'UTC', 'Europe/Berlin', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires'],
  locale: [null, 'en', 'pt-BR', 'zh-Hant-TW', 'de-DE-u-co-phonebk'],
  region: [null, 'EU', 'eu-west-1', 'Île-de-France'],
  attributes: [null, {}, { plan: 'pro', address: { city: 'Köln' } }, nested(10), { text: 'x'.repeat(16_000) }],
}

const bad: typeof good = {
  email: [
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@localhost',
    'a b@example.com',
    'ada@example..com',
    '.ada@example.com',
    'ada@-example.com',
    'ada@example.com\n',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    `${'l'.repeat(65)}@example.com`,
    `ada@${'long.'.repeat(50)}com`,
    'ada@example.com, eve@example.com',
  ],
  phone: [
    '',
    '15555550100',
    '+1 555 555 0100',
    '+0123456789',
    '+1555',
    '+1555555010012345',
    '+1555555010x',
    'tel:+1555',
  ],
  timeZone: ['', 'Mars/Olympus', '+01:00', 'Berlin', 'Europe/Berlin ', 'Europe/Berlin\0'],
  locale: ['', 'english!', 'en_US', 'x', 'de-', `en-${'x-'.repeat(20)}a`],
  region: ['', '   ', 'x'.repeat(65), 'a\nb', 'a\0b', '\ud800'],
  attributes: [
    [],
    'text',
    1,
    true,
    nested(11),
    nested(20_000),
    { text: 'x'.repeat(16_384) },
    { a: '\0' },
    { '\ud800': 1 },
  ],
}

for (const [field, values] of Object.entries(good)) {
  test.each(values.map((value) => [value]))(`${field} may be %j`.slice(0, 60), (value) => {
    expect(codesOf({ [field]: value })).toEqual([])
  })
}

for (const [field, values] of Object.entries(bad)) {
  const code = { timeZone: 'TIME_ZONE' }[field] ?? field.toUpperCase()
  test.each(values.map((value, index) => [index, value]))(`${field} may not be what case %i has`, (_index, value) => {
    expect(codesOf({ [field]: value })).toEqual([`${field} BAD_${code}`])
  })
}

test('what is left out is no problem', () => {
  expect(codesOf({ email: undefined, attributes: undefined })).toEqual([])
})

test('every problem of every user is named at once', () => {
  expect(
    usersProblems([
      { id: 'ada', email: 'nowhere', phone: '1' },
      { id: 'bob' },
      { id: 'ada', timeZone: 'Mars' },
      { id: '', attributes: [] },
    ]),
  ).toEqual([
    {
      path: ['input', 'users', '0', 'email'],
      code: 'BAD_EMAIL',
      message: 'must be an e-mail address in ASCII: "ada@example.com"',
    },
    {
      path: ['input', 'users', '0', 'phone'],
      code: 'BAD_PHONE',
      message: 'must be a number in E.164: "+4930123456"',
    },
    { path: ['input', 'users', '2', 'id'], code: 'DUPLICATE_USER', message: 'is the user at 0 again' },
    {
      path: ['input', 'users', '2', 'timeZone'],
      code: 'BAD_TIME_ZONE',
      message: 'must be an IANA name: "Europe/Berlin"',
    },
    { path: ['input', 'users', '3', 'id'], code: 'BAD_USER_ID', message: 'must be 1 to 128 of A-Z a-z 0-9 _ . : -' },
    { path: ['input', 'users', '3', 'attributes'], code: 'BAD_ATTRIBUTES', message: 'must be a JSON object' },
  ])
})

test.each([0, 1_001])('%i users are too few or too many', (count) => {
  const users = Array.from({ length: count }, (_, index) => ({ id: `user-${index}` }))
  expect(usersProblems(users)).toEqual([
    { path: ['input', 'users'], code: 'OUT_OF_RANGE', message: `must be 1 to 1000 users, not ${count}` },
  ])
})

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = { a: value }
  return value
}
