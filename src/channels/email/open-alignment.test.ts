import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../metrics.ts'
import { aResolver, aSender, type Records, wellSetUp } from './a-zone.ts'
import { openAlignment } from './open-alignment.ts'
import type { Resolver } from './read-zone.ts'
import type { EmailFailover, Sender } from './sender.ts'

const ses = aSender({ provider: 'ses', server: 'email.eu-west-1.amazonaws.com', selectors: ['a1'] })
const senders: readonly Sender[] = [aSender(), ses]
const aligned: Records = { ...wellSetUp, 'a1._domainkey.example.com': 'TXT p=MIGf' }

/** One that looks again when the test says so, on a DNS that the test changes. */
function opened(failover: EmailFailover, records: Records) {
  const state: { records: Records | undefined; asked: number; pausedMs: number; again: () => void } = {
    records,
    asked: 0,
    pausedMs: 0,
    again: () => undefined,
  }
  const resolver: Resolver = {
    resolveTxt: async (name) => {
      state.asked += 1
      if (state.records === undefined) throw Object.assign(new Error('queryTxt ETIMEOUT'), { code: 'ETIMEOUT' })
      return aResolver(state.records).resolveTxt(name)
    },
    resolveCname: async (name) => aResolver(state.records ?? {}).resolveCname(name),
  }
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      Object.assign(state, { pausedMs: ms, again: resolve })
    })
  const providers = openAlignment({ failover, senders }, resolver, pause)
  onTestFinished(() => {
    providers.close()
    state.again()
  })
  return { state, takesPart: () => [providers.takesPart('sendgrid'), providers.takesPart('ses')] }
}

async function metric(): Promise<readonly unknown[] | undefined> {
  const values = await registry.getSingleMetric('carillon_email_provider_takes_part')?.get()
  return values?.values.map(({ labels, value }) => [labels['provider'], value])
}

test('a second provider takes part once it is aligned, and as long as it is', async () => {
  const { state, takesPart } = opened('aligned', wellSetUp)
  expect(takesPart()).toEqual([true, false])
  await expect.poll(() => state.pausedMs).toBe(600_000)
  expect([takesPart(), await metric()]).toEqual([
    [true, false],
    [
      ['sendgrid', 1],
      ['ses', 0],
    ],
  ])

  state.records = aligned
  state.again()
  await expect.poll(takesPart).toEqual([true, true])
  expect(await metric()).toEqual([
    ['sendgrid', 1],
    ['ses', 1],
  ])

  state.records = wellSetUp
  state.again()
  await expect.poll(takesPart).toEqual([true, false])
})

test('nothing changes while DNS does not answer, which is asked again soon', async () => {
  const { state, takesPart } = opened('aligned', aligned)
  await expect.poll(takesPart).toEqual([true, true])
  state.records = undefined
  state.again()
  await expect.poll(() => state.pausedMs).toBe(30_000)
  expect(takesPart()).toEqual([true, true])
})

test.each([
  ['always', [true, true]],
  ['never', [true, false]],
] as const)('"%s" asks nobody', async (failover, expected) => {
  const { state, takesPart } = opened(failover, wellSetUp)
  expect([takesPart(), state.asked]).toEqual([expected, 0])
})

test('providers of other channels have nothing to do with it', () => {
  const providers = openAlignment({ failover: 'never', senders }, aResolver({}))
  expect([providers.takesPart('twilio'), providers.takesPart('apns')]).toEqual([true, true])
})
