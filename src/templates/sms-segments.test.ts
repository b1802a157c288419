import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smsSegments } from './sms-segments.ts'

test.each([
  ['nothing', '', 1],
  ['160 characters of GSM-7', 'a'.repeat(160), 1],
  ['161 characters of GSM-7', 'a'.repeat(161), 2],
  ['two full parts of GSM-7', 'é'.repeat(306), 2],
  ['one more than two full parts', 'é'.repeat(307), 3],
  ['80 characters of the extension table', '€'.repeat(80), 1],
  ['81 characters of the extension table', '€'.repeat(81), 2],
  ['an extended character that would be split', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 3],
  ['70 characters beyond GSM-7', 'ж'.repeat(70), 1],
  ['71 characters beyond GSM-7', 'ж'.repeat(71), 2],
  ['one character that turns all of it into UCS-2', `${'a'.repeat(70)}ç`, 2],
  ['35 emoji', '🎉'.repeat(35), 1],
  ['67 emoji, of which a part holds 33', '🎉'.repeat(67), 3],
])('%s', (_sentence, text, segments) => {
  expect(smsSegments(text)).toBe(segments)
})

test('a longer text never needs fewer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ unit: 'grapheme' }), (text, more) => {
      expect(smsSegments(text + more)).toBeGreaterThanOrEqual(smsSegments(text))
    }),
  )
})
