import { expect, it } from 'vitest'
import { runCarillon, startCarillon } from '../setup/carillon.ts'
import { orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { descendants, leftOf } from '../setup/processes.ts'
import { reached } from '../setup/sandbox.ts'

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
  expect(second.readyMs).toBeLessThan(15_000)
  expect({ ...second.demo, gateway: '', sandbox: '', viewers: [] }).toEqual({ ...demo, gateway: '', sandbox: '', viewers: [] })
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
