import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { openDatabase } from './database.ts'
import { withinTime } from './within-time.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 1, name: 'within-time-test' })
const { pool } = database
afterAll(() => database.close())

it('gives a statement up that takes too long, and leaves the connection as it was', async () => {
  expect(await withinTime(pool, 20, (client) => client.query('SELECT pg_sleep(10)'))).toBeUndefined()
  expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }])
  expect(await withinTime(pool, 10_000, async () => 'done')).toBe('done')
})

it('does not hide what else goes wrong', async () => {
  await expect(withinTime(pool, 1000, (client) => client.query('SELECT 1 / 0'))).rejects.toThrow('division by zero')
})
