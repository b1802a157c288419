import { expect, test } from 'vitest'
import { safeImage, safeLink } from './links.ts'

test.each([
  'https://example.com/a?b=c#d',
  'http://example.com',
  'shop://orders/7',
  'mailto:help@example.com',
  '/orders/7',
  'orders:7',
  '#top',
])('%s may be followed', (url) => {
  expect(safeLink(` ${url}\n`)).toBe(url)
})

test.each([
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  ' java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'java\u0000script:alert(1)',
  'vbscript:x',
  'data:text/html,<script>alert(1)</script>',
  'blob:https://example.com/1',
  'file:///etc/passwd',
  '',
  '  ',
])('%j may not be followed', (url) => {
  expect(safeLink(url)).toBeUndefined()
})

test('images come over http(s) or from the app', () => {
  expect(
    ['https://a/b.png', 'http://a/b.png', '/b.png', 'data:image/png;base64,x', 'shop://b', 'javascript:x'].map(
      safeImage,
    ),
  ).toEqual(['https://a/b.png', 'http://a/b.png', '/b.png', undefined, undefined, undefined])
})
