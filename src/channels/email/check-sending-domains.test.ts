import { expect, test } from 'vitest'
import { aResolver, aSender, wellSetUp } from './a-zone.ts'
import { checkSendingDomains } from './check-sending-domains.ts'
import { type EmailFailover, sendersOf } from './sender.ts'

const first = aSender({ returnPath: 'em1234.example.com' })
const second = aSender({ provider: 'ses', server: 'email.eu-west-1.amazonaws.com', selectors: ['a1'] })
const left = ['sending as example.com through ses', 'warning']

async function states(failover: EmailFailover, records = wellSetUp) {
  const diagnoses = await checkSendingDomains([first, second], failover, aResolver(records))
  return diagnoses.map(({ subject, state }) => [subject, state])
}

const ofFirst = [
  ['DMARC of example.com', 'ok'],
  ['SPF of example.com through sendgrid', 'ok'],
  ['DKIM of example.com through sendgrid', 'ok'],
]

test('a second provider that is not aligned is a warning where it is left out, and a problem where it is not', async () => {
  expect(await states('aligned')).toEqual([
    ...ofFirst,
    ['SPF of example.com through ses', 'warning'],
    ['DKIM of example.com through ses', 'warning'],
    left,
  ])
  expect(await states('always')).toEqual([
    ...ofFirst,
    ['SPF of example.com through ses', 'problem'],
    ['DKIM of example.com through ses', 'problem'],
  ])
  expect(await states('never')).toEqual([...ofFirst, ['sending as example.com through ses', 'ok']])
})

test('the first provider sends in any case, so that what it lacks is a problem', async () => {
  const withoutDmarc = { ...wellSetUp, '_dmarc.example.com': undefined }
  expect((await states('never', withoutDmarc))[0]).toEqual(['DMARC of example.com', 'problem'])
})

test('no name server is asked for a provider that this machine stands in for', async () => {
  const resolver = aResolver({})
  const diagnoses = await checkSendingDomains([aSender({ server: '127.0.0.1' })], 'always', resolver)
  expect([diagnoses.map(({ state }) => state), resolver.asked]).toEqual([['ok'], []])
})

test('a name server that does not answer is a warning', async () => {
  const silent = {
    resolveTxt: () => Promise.reject(new Error('timeout')),
    resolveCname: () => Promise.reject(new Error('timeout')),
  }
  expect(await checkSendingDomains([first], 'aligned', silent)).toEqual([
    {
      subject: 'sending as example.com through sendgrid',
      state: 'warning',
      found: 'DNS does not answer',
      mend: 'let this machine ask a name server',
    },
  ])
})

test('senders are read from the settings of providers, in their order', () => {
  const smtp = { url: 'smtps://u:p@Mail.relay.example:465', from: 'hello@Example.com' }
  const sendgrid = { url: 'https://api.sendgrid.com', from: 'Carillon <hello@mail.example.com>' }
  const known = { returnPaths: { sendgrid: ['em1.mail.example.com'] }, selectors: { smtp: ['mail', 'next'] } }
  expect(sendersOf({ smtp, sendgrid }, known)).toEqual([
    {
      provider: 'sendgrid',
      domain: 'mail.example.com',
      server: 'api.sendgrid.com',
      returnPath: 'em1.mail.example.com',
      selectors: [],
    },
    {
      provider: 'smtp',
      domain: 'example.com',
      server: 'mail.relay.example',
      returnPath: 'example.com',
      selectors: ['mail', 'next'],
    },
  ])
})
