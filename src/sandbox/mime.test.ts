import { expect, test } from 'vitest'
import { parseMail } from './mime.ts'

function mail(...lines: readonly string[]) {
  return parseMail(Buffer.from(lines.join('\r\n'), 'latin1'))
}

test('reads a plain text as it stands', () => {
  expect(mail('Subject: Hello', 'To: ann@example.com', '', 'World', '.', '')).toEqual({
    headers: { subject: 'Hello', to: 'ann@example.com' },
    text: 'World\n.\n',
    html: undefined,
  })
})

test('puts folded headers together, and encoded words', () => {
  const { headers } = mail(
    'X-Carillon-Delivery:',
    ' dlv_1~email~ann',
    'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe=2C_Ann?=',
    ' =?utf-8?B?ICYgQm9i?= again',
    'From: =?ISO-8859-1?Q?J=F6rg?= <joerg@example.com>',
    '',
    '',
  )
  expect(headers).toEqual({
    'x-carillon-delivery': 'dlv_1~email~ann',
    subject: 'Grüße, Ann & Bob again',
    from: 'Jörg <joerg@example.com>',
  })
})

test('finds text and HTML among the parts, in whatever they are encoded', () => {
  const { text, html } = mail(
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    'for old programs',
    '--outer',
    'Content-Type: multipart/alternative;',
    ' boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=C3=BC=C3=9Fe, a line that =',
    'goes on',
    '--inner',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('<p>Grüße</p>', 'latin1').toString('base64'),
    '--inner--',
    '--outer',
    'Content-Type: text/plain',
    '',
    'an attachment',
    '--outer--',
  )
  expect([text, html]).toEqual(['Grüße, a line that goes on', '<p>Grüße</p>'])
})

test.each([
  '',
  'no header at all',
  'Subject: only',
  '\r\n\r\n',
  'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x',
])('makes of %j what there is', (raw) => {
  expect(() => parseMail(Buffer.from(raw))).not.toThrow()
})

test('takes a charset that nobody knows for UTF-8', () => {
  expect(mail('Content-Type: text/plain; charset=klingon', '', 'Qapla').text).toBe('Qapla')
})
