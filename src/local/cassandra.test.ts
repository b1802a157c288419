import { expect, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { commandLine } from './command-line.ts'
import { startServers } from './servers.ts'
import { until } from './until.ts'

test('a local Cassandra comes up in a data folder, on loopback, and ends with us', { timeout: 120_000 }, async () => {
  const dataDir = aDataFolder()
  const env = { ...process.env, CARILLON_DELIVERY_LOG: 'cassandra', CASSANDRA_CONTACT_POINTS: undefined }
  const { env: found, running, stop } = await startServers({ dataDir, env, say: () => undefined })
  expect(running.map(({ key }) => key)).toEqual(['cassandra'])
  const [cassandra] = running
  expect(found.CASSANDRA_CONTACT_POINTS).toBe(`127.0.0.1:${cassandra?.port}`)
  const pid = cassandra?.pid() ?? 0
  expect(commandLine(pid)).toContain(dataDir)
  await stop()
  expect(await until(() => commandLine(pid) === '', 5000)).toBe(true)
})
