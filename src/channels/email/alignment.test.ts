import { describe, expect, test } from 'vitest'
import { aSender, aZone, type Records, wellSetUp } from './a-zone.ts'
import { judgeAlignment } from './alignment.ts'
import type { Sender } from './sender.ts'

function judged(sender: Partial<Sender>, change: Records = {}) {
  const { aligned, diagnoses } = judgeAlignment(aSender(sender), aZone({ ...wellSetUp, ...change }))
  return { aligned, said: diagnoses.map(({ state, found, mend }) => [state, found, ...(mend ? [mend] : [])]) }
}

const spf = (sender: Partial<Sender>, change?: Records) => ({
  ...judged(sender, change),
  said: judged(sender, change).said[1],
})
const dkim = (sender: Partial<Sender>, change?: Records) => ({
  ...judged(sender, change),
  said: judged(sender, change).said[2],
})
const dmarc = (change?: Records, sender: Partial<Sender> = {}) => judged(sender, change).said[0]

const branded = { returnPath: 'em1234.example.com' }
const relay: Partial<Sender> = { provider: 'smtp', server: 'smtp.relay.example', returnPath: 'example.com' }
const ses: Partial<Sender> = { provider: 'ses', server: 'email.eu-west-1.amazonaws.com', selectors: ['a', 'b', 'c'] }

test('a domain that is well set up has nothing to mend', () => {
  expect(judgeAlignment(aSender(branded), aZone(wellSetUp))).toEqual({
    aligned: true,
    diagnoses: [
      {
        subject: 'DMARC of example.com',
        state: 'ok',
        found: 'the policy of example.com is "quarantine"; alignment of SPF is relaxed, of DKIM relaxed',
      },
      {
        subject: 'SPF of example.com through sendgrid',
        state: 'ok',
        found: 'em1234.example.com is delegated to sendgrid.net',
      },
      { subject: 'DKIM of example.com through sendgrid', state: 'ok', found: 'there are keys for s1, s2' },
    ],
  })
})

test('a domain without any records is told what to publish', () => {
  expect(judgeAlignment(aSender(branded), aZone({}))).toEqual({
    aligned: false,
    diagnoses: [
      {
        subject: 'DMARC of example.com',
        state: 'problem',
        found: 'there is no record, and large receivers refuse mail in bulk without one',
        mend: 'publish a TXT record at _dmarc.example.com: "v=DMARC1; p=none; rua=mailto:…" to begin with',
      },
      {
        subject: 'SPF of example.com through sendgrid',
        state: 'problem',
        found: 'em1234.example.com has no SPF record',
        mend: 'publish a TXT record at em1234.example.com: "v=spf1 include:sendgrid.net ~all"',
      },
      {
        subject: 'DKIM of example.com through sendgrid',
        state: 'problem',
        found: 'there is no key at s1._domainkey.example.com; there is no key at s2._domainkey.example.com',
        mend: 'set up example.com as a sending domain at sendgrid, and publish the records that it shows',
      },
    ],
  })
})

describe('SPF', () => {
  test('vouches for the provider alone as long as the envelope is not known to be of the domain', () => {
    expect(spf({})).toEqual({
      aligned: true,
      said: [
        'warning',
        "the envelope is one of sendgrid's own as far as is known here, so that SPF vouches for sendgrid alone",
        'set up a return path below example.com at sendgrid, and name it in EMAIL_RETURN_PATHS',
      ],
    })
  })

  test.each([
    ['an include', { ...ses, returnPath: 'bounce.example.com' }, 'v=spf1 include:amazonses.com -all', 'amazonses.com'],
    [
      'an include in an include',
      relay,
      'v=spf1 include:_spf.mail.example include:spf.relay.example ~all',
      'smtp.relay.example',
    ],
    ['a redirect', { ...ses, returnPath: 'bounce.example.com' }, 'v=spf1 redirect=amazonses.com', 'amazonses.com'],
    ['a name', relay, 'v=spf1 a:smtp.relay.example/28 -all', 'smtp.relay.example'],
    ['capital letters', relay, 'V=SPF1 A:SMTP.Relay.Example. -ALL', 'smtp.relay.example'],
    [
      'the servers of the domain itself',
      { ...relay, server: 'smtp.example.com' },
      'v=spf1 mx -all',
      'smtp.example.com',
    ],
  ])('passes by %s', (_, sender, record, permitted) => {
    const envelope = sender.returnPath ?? ''
    const change = {
      [envelope]: `TXT ${record}`,
      'amazonses.com': 'TXT v=spf1 ip4:199.255.192.0/22 -all',
      'spf.relay.example': 'TXT v=spf1 ip4:192.0.2.1 -all',
    }
    expect(spf(sender, change).said).toEqual(['ok', `${envelope} permits ${permitted}`])
  })

  test.each([
    ['only others are included', 'v=spf1 include:_spf.mail.example ~all'],
    ['it is included for refusal', 'v=spf1 -include:spf.relay.example ~all'],
    ['it is included neutrally', 'v=spf1 ?include:spf.relay.example ~all'],
    ['it stands behind "all"', 'v=spf1 -all include:spf.relay.example'],
    ['a redirect stands beside "all"', 'v=spf1 ~all redirect=spf.relay.example'],
    ['there are addresses only', 'v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all'],
  ])('does not pass where %s', (_, record) => {
    const change = { 'example.com': `TXT ${record}`, 'spf.relay.example': 'TXT v=spf1 ip4:192.0.2.1 -all' }
    expect(spf(relay, change)).toEqual({
      aligned: false,
      said: [
        'problem',
        'the SPF record of example.com does not name smtp.relay.example',
        'see to it that it permits what smtp.relay.example sends from, or name its DKIM selector in EMAIL_DKIM_SELECTORS',
      ],
    })
  })

  test.each([
    [
      'two records',
      ['TXT v=spf1 include:spf.relay.example ~all', 'TXT v=spf1 a ~all'],
      ['example.com has 2 SPF records, which is an error', 'make one record of them'],
    ],
    [
      'a word that is none',
      'TXT v=spf1 include:spf.relay.example ipv4:192.0.2.1 ~all',
      ['the SPF record of example.com has "ipv4:192.0.2.1", which means nothing', 'correct it, or remove it'],
    ],
    [
      'an include of a domain without a record',
      'TXT v=spf1 include:gone.example include:spf.relay.example ~all',
      ['the SPF record leads to gone.example, which has none', 'correct that name, or remove it'],
    ],
    [
      'more than ten lookups',
      `TXT v=spf1 ${[...'abcdefghij'].map((each) => `a:${each}.example`).join(' ')} include:spf.relay.example ~all`,
      [
        'the SPF record takes more than 10 DNS lookups, which is an error',
        'remove what sends no mail any more, or give services envelope domains of their own',
      ],
    ],
    [
      'more than ten lookups in what it includes',
      'TXT v=spf1 include:many.example include:spf.relay.example ~all',
      [
        'the SPF record takes more than 10 DNS lookups, which is an error',
        'remove what sends no mail any more, or give services envelope domains of their own',
      ],
    ],
    [
      'a circle',
      'TXT v=spf1 include:example.com include:spf.relay.example ~all',
      [
        'the SPF record takes more than 10 DNS lookups, which is an error',
        'remove what sends no mail any more, or give services envelope domains of their own',
      ],
    ],
  ])('is an error with %s, whatever DKIM says', (_, record, [found, mend]) => {
    const change = {
      'example.com': record,
      'spf.relay.example': 'TXT v=spf1 ip4:192.0.2.1 -all',
      'many.example': `TXT v=spf1 ${'mx '.repeat(10)}-all`,
      'mail._domainkey.example.com': 'TXT v=DKIM1; p=MIGf',
    }
    expect(spf(relay, change)).toEqual({ aligned: false, said: ['problem', found, mend] })
    expect(spf({ ...relay, selectors: ['mail'] }, change)).toEqual({ aligned: true, said: ['problem', found, mend] })
  })

  test('is of no worth where everybody may send', () => {
    const change = { 'example.com': 'TXT v=spf1 include:all.example', 'all.example': 'TXT v=spf1 +all' }
    expect(spf(relay, change)).toEqual({
      aligned: true,
      said: ['warning', 'example.com lets everybody send', 'end its SPF record with "~all" or "-all"'],
    })
  })

  test('is read among other records', () => {
    const change = { 'example.com': ['TXT google-site-verification=v=spf1', 'TXT v=spf10 nonsense', 'TXT v=spf1 mx'] }
    expect(spf({ ...relay, server: 'mail.example.com' }, change).said).toEqual([
      'ok',
      'example.com permits mail.example.com',
    ])
  })

  test('does not count for an envelope of somebody else', () => {
    const elsewhere = { ...relay, returnPath: 'bounces.relay.example' }
    expect(spf(elsewhere, { 'bounces.relay.example': 'TXT v=spf1 a:smtp.relay.example' })).toEqual({
      aligned: false,
      said: [
        'problem',
        'the envelope is of bounces.relay.example, which is not aligned with example.com (relaxed)',
        'use an envelope below example.com',
      ],
    })
  })

  test('does not count for an envelope below the domain where alignment is strict', () => {
    const strict = { '_dmarc.example.com': 'TXT v=DMARC1; p=reject; aspf=s' }
    expect(spf(branded, strict)).toEqual({
      aligned: true,
      said: [
        'warning',
        'the envelope is of em1234.example.com, which is not aligned with example.com (strict)',
        'remove "aspf=s" from the DMARC record',
      ],
    })
  })
})

describe('DKIM', () => {
  test.each([
    ['is missing', undefined, 'there is no key at s2._domainkey.example.com'],
    [
      'leads nowhere',
      'CNAME s2.domainkey.u9.wl.sendgrid.net',
      's2._domainkey.example.com points to s2.domainkey.u9.wl.sendgrid.net, where there is no key',
    ],
    ['is revoked', 'TXT v=DKIM1; p=', 'the key at s2._domainkey.example.com is revoked'],
    [
      'is a test',
      'TXT v=DKIM1; t=y:s; p=MIGf',
      'the key at s2._domainkey.example.com is marked as a test, so that it does not count',
    ],
    ["is another service's", 'TXT v=DKIM1; p=MIGf', 'the key at s2._domainkey.example.com is not kept by sendgrid'],
  ])('passes with one key where the other %s, but not for ever', (_, record, found) => {
    const mend = 'publish it as sendgrid shows it: mail that is signed with that key does not pass'
    expect(dkim({}, { 's2._domainkey.example.com': record })).toEqual({ aligned: true, said: ['warning', found, mend] })
  })

  test('takes any key of a selector that was named', () => {
    const change = { 'mail._domainkey.example.com': 'TXT v=DKIM1; p=MIGf' }
    expect(dkim({ ...relay, selectors: ['mail'] }, change)).toEqual({
      aligned: true,
      said: ['ok', 'there are keys for mail'],
    })
  })

  test('knows the keys of SES when they are named', () => {
    const tokens = ['a', 'b', 'c'].flatMap((token) => [
      [`${token}._domainkey.example.com`, `CNAME ${token}.dkim.amazonses.com`],
      [`${token}.dkim.amazonses.com`, 'TXT p=MIGf'],
    ])
    expect(dkim(ses, Object.fromEntries(tokens))).toEqual({ aligned: true, said: ['ok', 'there are keys for a, b, c'] })
    expect(dkim({ ...ses, selectors: [] })).toEqual({
      aligned: false,
      said: ['problem', 'the selectors are not known here', 'name them in EMAIL_DKIM_SELECTORS: "ses:…"'],
    })
  })

  test('counts for a domain below that of the key, unless alignment is strict', () => {
    const below = { domain: 'news.example.com' }
    expect(dkim(below).said).toEqual(['ok', 'there are keys for s1, s2'])
    expect(dkim(below, { '_dmarc.example.com': 'TXT v=DMARC1; p=none; adkim=s' })).toMatchObject({
      aligned: false,
      said: [
        'problem',
        'there is no key at s1._domainkey.news.example.com; there is no key at s2._domainkey.news.example.com',
        expect.anything(),
      ],
    })
  })

  test('alone does not make a domain aligned that has no DMARC record', () => {
    expect(judged(branded, { '_dmarc.example.com': undefined }).aligned).toBe(false)
  })
})

describe('DMARC', () => {
  test.each([
    [
      'of its own',
      'TXT v=DMARC1;p=reject;adkim=s;aspf=s',
      {},
      'example.com is "reject"; alignment of SPF is strict, of DKIM strict',
    ],
    [
      'with spaces and capitals',
      'TXT v = DMARC1 ; P = None ; ASPF = R',
      {},
      'example.com is "none"; alignment of SPF is relaxed, of DKIM relaxed',
    ],
    [
      'for subdomains',
      'TXT v=DMARC1; p=reject; sp=quarantine',
      { domain: 'a.b.example.com' },
      'example.com is "quarantine"; alignment of SPF is relaxed, of DKIM relaxed',
    ],
    [
      'for subdomains, by its only policy',
      'TXT v=DMARC1; p=reject',
      { domain: 'a.b.example.com' },
      'example.com is "reject"; alignment of SPF is relaxed, of DKIM relaxed',
    ],
  ])('is read: a policy %s', (_, record, sender, found) => {
    expect(dmarc({ '_dmarc.example.com': record }, sender)).toEqual(['ok', `the policy of ${found}`])
  })

  test.each([
    [
      'several records',
      ['TXT v=DMARC1; p=none', 'TXT v=DMARC1; p=reject'],
      ['_dmarc.example.com has 2 DMARC records, which counts as none', 'remove all but one'],
    ],
    [
      'no policy',
      'TXT v=DMARC1; rua=mailto:dmarc@example.com',
      ['the DMARC record at _dmarc.example.com has no policy', 'add "p=none", "p=quarantine" or "p=reject" to it'],
    ],
  ])('is a problem with %s', (_, record, said) => {
    expect(dmarc({ '_dmarc.example.com': record })).toEqual(['problem', ...said])
    expect(judged(branded, { '_dmarc.example.com': record }).aligned).toBe(false)
  })

  test('takes the domain below a public suffix for the organization, and no neighbour of it', () => {
    const suffix = { '_dmarc.example.com': undefined, '_dmarc.com': 'TXT v=DMARC1; p=reject; psd=y' }
    expect(dmarc(suffix)).toEqual(['ok', 'the policy of com is "reject"; alignment of SPF is relaxed, of DKIM relaxed'])
    expect(spf({ ...relay, returnPath: 'relay.com' }, suffix).said?.[1]).toContain('not aligned with example.com')
    expect(spf({ ...relay, returnPath: 'bounces.example.com' }, suffix).said?.[1]).toContain('has no SPF record')
  })

  test('takes a domain that says so for an organization of its own', () => {
    const own = { '_dmarc.shop.example.com': 'TXT v=DMARC1; p=none; psd=n' }
    const shop = { ...relay, domain: 'shop.example.com', returnPath: 'example.com' }
    expect(spf(shop, own).said?.[1]).toContain('not aligned with shop.example.com')
  })
})
