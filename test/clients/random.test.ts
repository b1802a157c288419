import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { decodeEventsCursor } from '../../src/schema/events-cursor.ts'
import { createInbox } from '../../web/client/index.ts'
import { dice } from '../chaos/dice.ts'
import { InboxDocument } from '../generated/operations.ts'
import { rowsOf } from '../setup/database.ts'
import { ask } from '../setup/graphql.ts'
import { aGatewayProcess, type GatewayProcess } from './gateway-process.ts'
import { herInbox } from './her-inbox.ts'
import { aWire } from './wire.ts'

const carillon = inject('carillon')
const seeds = Number(process.env['CARILLON_SEEDS'] ?? 20)
const firstSeed = Number(process.env['CARILLON_FIRST_SEED'] ?? 1)
const steps = 40
const patience = { timeout: 45_000, interval: 50 }

/** One device is connected through another process than the others. */
let second: GatewayProcess
beforeAll(async () => {
  second = await aGatewayProcess(carillon)
})
afterAll(() => second.kill())

/** No event comes twice, and none that was there before. */
function isAscending(cursors: readonly string[]): boolean {
  const positions = cursors.map((cursor) => decodeEventsCursor(cursor) ?? { seq: 0, createdSeq: 0 })
  return positions.every(({ seq, createdSeq }, index) => {
    const before = positions[index - 1]
    return before === undefined || seq > before.seq || (seq === before.seq && createdSeq > before.createdSeq)
  })
}

it.each(Array.from({ length: seeds }, (_, index) => index + firstSeed))(
  'three devices, brutally disconnected, have what a fresh query has: seed %i',
  async (seed) => {
    const killedAt = seed % 20 === 10 ? steps / 2 : undefined
    const { below: random } = dice(seed)
    const her = await herInbox(carillon)
    const devices = await Promise.all(
      [carillon.demo.gateway, carillon.demo.gateway, second.url].map(async (gateway) => {
        const wire = await aWire(gateway)
        const options = { url: `${wire.url}/graphql`, token: her.token, pageSize: 100, retryDelayMs: () => 20 }
        const inbox = createInbox(options)
        const added: string[] = []
        inbox.onAdded(({ id }) => added.push(id))
        return { wire, inbox, added }
      }),
    )
    await expect.poll(() => devices.every(({ inbox }) => inbox.getSnapshot().state === 'live'), patience).toBe(true)

    let liked = 0
    const arrived = async () =>
      (await rowsOf(carillon, 'SELECT FROM inbox_item WHERE user_id = $1', [her.userId])).length
    /** Resolves when as many have arrived: there is something to read, and the end is not taken for reached too early. */
    const like = async (step: number) => {
      liked += 1
      const all = liked
      await her.like(`S${step}`)
      await expect.poll(arrived, patience).toBeGreaterThanOrEqual(all)
    }

    const work: Promise<unknown>[] = []
    const cut = new Set<unknown>()
    for (let step = 0; step < steps; step++) {
      if (step === killedAt) {
        await second.kill()
        devices[2]?.wire.lead(carillon.demo.gateway)
      }
      const device = devices[random(3)]
      if (!device) continue
      const { items } = device.inbox.getSnapshot()
      const some = items.filter(() => random(3) === 0).map(({ id }) => id)
      const { inbox, wire } = device
      const actions = [
        () => like(step),
        () => like(step),
        () => inbox.markRead(some),
        () => inbox.markUnread(some),
        () => inbox.archive(some.slice(0, 1)),
        () => inbox.unarchive(some.slice(0, 1)),
        () => (random(4) === 0 ? inbox.markAllRead() : inbox.markRead(some)),
        async () => {
          wire.cut()
          cut.add(wire)
        },
        async () => {
          wire.mend()
          cut.delete(wire)
        },
      ]
      const doing = Promise.resolve(actions[random(actions.length)]?.())
      work.push(doing)
      // What is done on a device that is cut off is done when it is not any more.
      if (random(2) === 0 && !cut.has(wire)) await doing
      else await new Promise((resolve) => setImmediate(resolve))
    }
    for (const { wire } of devices) wire.mend()
    await Promise.all(work)

    const fresh = async () => {
      const { viewer } = await ask(carillon, her.token, InboxDocument, { first: 100 })
      return JSON.stringify([viewer.unreadCount, viewer.inbox.nodes.map(({ id, readAt }) => [id, readAt !== null])])
    }
    const built = ({ inbox }: (typeof devices)[number]) => {
      const { unreadCount, items } = inbox.getSnapshot()
      return JSON.stringify([unreadCount, items.map(({ id, readAt }) => [id, readAt !== null])])
    }
    await expect
      .poll(async () => {
        const now = await fresh()
        return devices.filter((device) => built(device) !== now).map((device) => [built(device), now])
      }, patience)
      .toEqual([])
    for (const { added, wire } of devices) {
      expect(new Set(added).size).toBe(added.length)
      // One query, and events since.
      expect(wire.sent.filter(({ name }) => name === 'Inbox').length).toBe(1)
      expect(wire.events.filter(([type]) => type === 'InboxResync')).toEqual([])
      expect(wire.subscriptions.flat().length).toBeGreaterThan(1)
      expect(wire.subscriptions.filter((cursors) => !isAscending(cursors))).toEqual([])
    }
    for (const { inbox, wire } of devices) {
      inbox.close()
      await wire.close()
    }
    if (killedAt !== undefined) second = await aGatewayProcess(carillon)
  },
)
