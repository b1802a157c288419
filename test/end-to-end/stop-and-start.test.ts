import { expect, it } from 'vitest'
import { runCarillon, startCarillon } from '../setup/carillon.ts'
import { orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { descendants, leftOf } from '../setup/processes.ts'
import { putFault, reached, requests } from '../setup/sandbox.ts'

const patience = { timeout: 20_000, interval: 50 }

it('stops at SIGTERM within ten seconds with nothing left behind, and goes on where it was', async () => {
  const first = await startCarillon()
  const { dataDir, demo } = first
  const { userId } = await aPerson(first)
  const id = await send(first, orderShipped([userId]))
  await expect.poll(() => stateOf(first, id), patience).toBe('DONE')
  const late = await send(first, orderShipped([userId]))

  const before = descendants(first.pid)
  expect(before.length).toBeGreaterThanOrEqual(5)
  const began = performance.now()
  first.signal('SIGTERM')
  expect(await first.ended).toBe(0)
  const stopMs = performance.now() - began
  expect(stopMs).toBeLessThan(10_000)
  expect(leftOf(before, dataDir)).toEqual([])

  const second = await startCarillon({ dataDir })
  console.log(`stopped in ${stopMs.toFixed(0)} ms; started with data in ${second.readyMs.toFixed(0)} ms`)
  expect(second.readyMs).toBeLessThan(30_000)
  expect({ ...second.demo, gateway: '', sandbox: '', viewers: [] }).toEqual({
    ...demo,
    gateway: '',
    sandbox: '',
    viewers: [],
  })
  expect(await read(second, id)).toMatchObject({ id, state: 'DONE', recipientCount: 1 })
  await expect.poll(() => stateOf(second, late), patience).toBe('DONE')
  expect(await reached(second, late)).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])

  // A second copy on the same data would write to the same files.
  const refused = runCarillon(['all'], { CARILLON_DATA_DIR: dataDir })
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toContain(
    `${dataDir} is in use by another Carillon (process ${second.pid}): stop that one first, ` +
      'or give this one a folder of its own with CARILLON_DATA_DIR.\n',
  )
  second.signal('SIGINT')
  expect(await second.ended).toBe(0)
})

it('stops within ten seconds although a provider does not answer, and delivers after the next start', async () => {
  const first = await startCarillon()
  const { dataDir } = first
  const { userId, phone } = await aPerson(first)
  await putFault(first, 'twilio', { kind: 'hang', to: phone, count: 1 })
  const id = await send(first, orderShipped([userId], { channels: ['SMS'] }))
  await expect.poll(async () => (await requests(first))['twilio'], patience).toBe(1)

  const before = descendants(first.pid)
  const began = performance.now()
  first.signal('SIGTERM')
  expect(await first.ended).toBe(0)
  console.log(`a provider hangs: stopped in ${(performance.now() - began).toFixed(0)} ms`)
  expect(performance.now() - began).toBeLessThan(11_000)
  expect(leftOf(before, dataDir)).toEqual([])

  const second = await startCarillon({ dataDir })
  await expect.poll(() => stateOf(second, id), patience).toBe('DONE')
  // Twilio has no record of it, and did not answer: the next provider is asked first.
  expect(await reached(second, id)).toEqual(['vonage'])
  second.signal('SIGTERM')
  expect(await second.ended).toBe(0)
})

it('runs beside another copy with data of its own', async () => {
  const one = await startCarillon()
  const two = await startCarillon()
  const [here, there] = [await aPerson(one), await aPerson(two)]
  const ids = await Promise.all([send(one, orderShipped([here.userId])), send(two, orderShipped([there.userId]))])
  await expect.poll(() => Promise.all([stateOf(one, ids[0]), stateOf(two, ids[1])]), patience).toEqual(['DONE', 'DONE'])
  expect([await reached(one, ids[0]), await reached(one, ids[1])]).toEqual([['apns', 'fcm', 'sendgrid', 'twilio'], []])
  expect([await reached(two, ids[1]), await reached(two, ids[0])]).toEqual([['apns', 'fcm', 'sendgrid', 'twilio'], []])
  for (const each of [one, two]) each.signal('SIGTERM')
  expect(await Promise.all([one.ended, two.ended])).toEqual([0, 0])
})
