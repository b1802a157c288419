import { expect, test } from 'vitest'
import { aResolver, aSender, wellSetUp } from './a-zone.ts'
import { judgeAlignment } from './alignment.ts'
import { type Resolver, readZone } from './read-zone.ts'

test('asks for what a sender is judged by, and for what that leads to', async () => {
  const resolver = aResolver({
    ...wellSetUp,
    'example.com': 'TXT v=spf1 include:_spf.mail.example redirect=more.mail.example',
    'more.mail.example': 'TXT v=spf1 include:_spf.mail.example include:%{i}.mail.example a:smtp.mail.example',
  })
  await readZone(aSender({ provider: 'smtp', domain: 'a.example.com', returnPath: 'example.com' }), resolver)
  expect(resolver.asked.toSorted()).toEqual([
    'CNAME example.com',
    'TXT _dmarc.a.example.com',
    'TXT _dmarc.com',
    'TXT _dmarc.example.com',
    'TXT _spf.mail.example',
    'TXT example.com',
    'TXT more.mail.example',
  ])
})

test('puts the strings of a record together, and follows aliases', async () => {
  const sender = aSender({ returnPath: 'em1234.example.com' })
  const { aligned, diagnoses } = judgeAlignment(sender, await readZone(sender, aResolver(wellSetUp)))
  expect([aligned, diagnoses.map(({ state }) => state)]).toEqual([true, ['ok', 'ok', 'ok']])
})

test('ends where records lead round in a circle, or on and on', async () => {
  const endless: Resolver = {
    resolveTxt: async (name) => [[`v=spf1 include:x.${name} include:y.${name} include:example.com ~all`]],
    resolveCname: async () => [],
  }
  const zone = await readZone(aSender({ provider: 'smtp', returnPath: 'example.com' }), endless)
  expect(zone.txt.size).toBeLessThan(50)
})

test('says that it does not know where DNS does not answer', async () => {
  const silent: Resolver = {
    resolveTxt: () => Promise.reject(Object.assign(new Error('queryTxt ETIMEOUT'), { code: 'ETIMEOUT' })),
    resolveCname: async () => [],
  }
  await expect(readZone(aSender(), silent)).rejects.toThrow('ETIMEOUT')
})
