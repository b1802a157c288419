import { expect, test } from 'vitest'
import { safeLink } from './safe-link.ts'

const base = 'https://app.example.com/inbox/'

test.each([
  ['https://shop.example.com/orders/1', 'https://shop.example.com/orders/1'],
  ['http://shop.example.com', 'http://shop.example.com/'],
  ['/orders/1', 'https://app.example.com/orders/1'],
  ['orders?id=1#top', 'https://app.example.com/inbox/orders?id=1#top'],
  ['//cdn.example.com/a', 'https://cdn.example.com/a'],
])('follows %s', (link, href) => {
  expect(safeLink(link, base)?.href).toBe(href)
})

test.each([
  'javascript:alert(1)',
  ' java\nscript:alert(1)',
  'JAVASCRIPT://example.com/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox',
  'file:///etc/passwd',
  'blob:https://app.example.com/1',
  'shop://orders/1',
  'mailto:ada@example.com',
  'https://',
  ' ',
  null,
])('does not follow %j', (link) => {
  expect(safeLink(link, base)).toBeUndefined()
})
