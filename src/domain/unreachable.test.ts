import { expect, test } from 'vitest'
import { unreachable } from './unreachable.ts'

const failure = (code: string, cause?: unknown) =>
  Object.assign(new Error('a failure', { cause }), code ? { code } : {})

test.each([
  ['a server that is away', failure('ECONNREFUSED'), 'away', 'does not answer (ECONNREFUSED)'],
  ['a name that nobody knows yet', failure('ENOTFOUND'), 'away', 'does not answer (ENOTFOUND)'],
  ['a reason further down', failure('', failure('ECONNRESET')), 'away', 'does not answer (ECONNRESET)'],
  ['words only', new Error('timeout expired'), 'away', 'does not answer (timeout expired)'],
  ['no error at all', 'gone', 'away', 'does not answer (gone)'],
  ['an old certificate', failure('CERT_HAS_EXPIRED'), 'wrong', 'has a certificate that has expired'],
  [
    'plain words where TLS was spoken',
    failure('ERR_SSL_WRONG_VERSION_NUMBER'),
    'wrong',
    'does not speak TLS, which its address asks for',
  ],
])('%s', (_, error, kind, why) => {
  expect(unreachable(error)).toEqual({ kind, why })
})
