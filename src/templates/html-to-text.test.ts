import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlToText } from './html-to-text.ts'

test.each([
  ['paragraphs keep a line between them', '<p>One</p>\n  <p>Two</p>', 'One\n\nTwo'],
  ['a break is a line', 'One<br>Two<br/>Three', 'One\nTwo\nThree'],
  [
    'a link keeps its address',
    '<a class=x href="https://a.example/?b=1&amp;c=2">See <b>it</b></a>!',
    'See it (https://a.example/?b=1&c=2)!',
  ],
  [
    'a link that shows its address says it once',
    "<a href='https://a.example'>https://a.example</a>",
    'https://a.example',
  ],
  ['a list has dashes', '<ul><li>One</li><li>Two</li></ul>', '- One\n- Two'],
  ['a row is a line', '<table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table>', 'A 1\nB 2'],
  [
    'what is not shown is left out',
    '<head><title>t</title></head><style>p{}</style><!-- c --><p>x</p><script>1</script>',
    'x',
  ],
  [
    'entities are decoded, once',
    'a &amp;lt; b &lt; &#8364; &#x20AC; &euro; &nbsp;&unknown;',
    'a &lt; b < € € € &unknown;',
  ],
  ['an image says what it shows', '<img src="x" alt="Tom &amp; Ann">', 'Tom & Ann'],
  ['space is one space', ' a \n\t b ', 'a b'],
  ['a lone bracket stays', '1 < 2', '1 < 2'],
])('%s', (_sentence, html, text) => {
  expect(htmlToText(html)).toBe(text)
})

test('any HTML has some text', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'<>/ap="\'&#;! -x') }), (html) => void htmlToText(html)))
})

test('hostile HTML takes no longer than its length', () => {
  const started = performance.now()
  for (const piece of ['<', '<!--', '<style>', '</style', '<a href="', ' href', '<a>', '<td>', '&#', '<p ', ' \n'])
    htmlToText(piece.repeat(50_000))
  expect(performance.now() - started).toBeLessThan(2_000)
})
