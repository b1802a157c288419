import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { readUnsubscribeToken, unsubscribeToken } from './unsubscribe.ts'

const signWith = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest()
const sign = signWith('ours')
const unsubscription = { userId: 'user:1.a-b', category: 'social.like' }
const token = unsubscribeToken(unsubscription, sign)

test('says who unsubscribes from what', () => {
  expect(readUnsubscribeToken(token, sign)).toEqual(unsubscription)
})

test('is the same in every mail, and can stand in an address and in a header', () => {
  expect(unsubscribeToken(unsubscription, sign)).toBe(token)
  const longest = unsubscribeToken({ userId: 'u'.repeat(128), category: 'c'.repeat(128) }, sign)
  expect(longest).toMatch(/^[\w.-]{1,400}$/)
})

test('is worth nothing when it has been changed in any place', () => {
  const changed = [...token].map(
    (character, at) => token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1),
  )
  expect(changed.map((each) => readUnsubscribeToken(each, sign))).toEqual(changed.map(() => undefined))
})

test.each([
  ['another key has signed it', unsubscribeToken(unsubscription, signWith('theirs'))],
  ['it was cut off', token.slice(0, -1)],
  ['something follows', `${token}x`],
  [
    'its parts are exchanged',
    token
      .split('.')
      .with(0, token.split('.')[1] ?? '')
      .join('.'),
  ],
  ['it is empty', ''],
  ['it is something else', '../../etc/passwd'],
])('is worth nothing when %s', (_, wrong) => {
  expect(readUnsubscribeToken(wrong, sign)).toBeUndefined()
})
