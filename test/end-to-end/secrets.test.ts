import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { outputOf } from '../setup/carillon.ts'
import { rowsOf } from '../setup/database.ts'
import { read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const patience = { timeout: 15_000, interval: 50 }

it('delivers a one-time code, never tells it otherwise, and forgets it when it is done', async () => {
  const { userId, email, phone } = await aPerson(carillon)
  const code = String(randomInt(10_000_000, 99_999_999))
  const input = { template: 'security.otp', audience: { userIds: [userId] }, data: { code } }

  // Nobody sends SMS for a moment: the code has to wait somewhere.
  const down = { kind: 'unavailable', to: phone }
  const id = await withFault(carillon, 'vonage', down, () =>
    withFault(carillon, 'twilio', down, async () => {
      const id = await send(carillon, input)
      await expect.poll(() => ledger(carillon, id), patience).toHaveLength(3)
      const waiting = await stored(id)
      expect(waiting).toEqual([{ data: null, secret: expect.any(Buffer) }])
      expect(JSON.stringify(waiting)).not.toContain(code)
      expect((await read(carillon, id)).data).toBeNull()
      return id
    }),
  )
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')

  expect((await ledger(carillon, id)).filter(({ content }) => content.includes(code))).toHaveLength(4)
  expect((await read(carillon, id)).data).toBeNull()
  expect(await stored(id)).toEqual([{ data: null, secret: null }])
  const said = [outputOf(carillon), ...logs()].join('\n')
  expect([code, email, phone].filter((each) => said.includes(each))).toEqual([])
})

function stored(id: string): Promise<readonly unknown[]> {
  return rowsOf(carillon, `SELECT nullif(data, 'null') AS data, secret FROM notification WHERE id = $1`, [id])
}

/** What the servers that Carillon has started wrote down. */
function logs(): readonly string[] {
  const folder = join(carillon.dataDir, 'logs')
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
}
