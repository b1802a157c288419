import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { openKept } from './kept.ts'
import { type Recipe, startServer } from './server.ts'
import { until } from './until.ts'

test('starts a server again that says twice in a row that it will do no more work', async () => {
  const said: string[] = []
  const answers = ['a hiccup', undefined, 'it is ill', 'it is ill']
  const server = await started({ illness: async () => answers.shift() }, said)
  const first = server.pid()
  expect(await until(() => server.restarts() === 1, 20_000)).toBe(true)
  expect(first).toBeGreaterThan(0)
  expect(server.pid()).not.toBe(first)
  expect(answers).toEqual([])
  expect(said).toEqual([
    expect.stringMatching(/^NATS 1: ready/),
    'NATS has to be started again: it is ill',
    expect.stringMatching(/^NATS has died .*: starting it again$/),
  ])
})

/** A server that does nothing but run. */
async function started(change: Partial<Recipe>, said: string[]) {
  const dataDir = aDataFolder()
  const marker = join(dataDir, 'nothing')
  const recipe: Recipe = {
    key: 'nats',
    name: 'NATS',
    version: '1',
    stopSignal: 'TERM',
    marker,
    command: () => ({ argv: [process.execPath, '-e', 'setInterval(() => {}, 1000)', marker] }),
    ready: () => true,
    url: (port) => `nats://127.0.0.1:${port}`,
    ...change,
  }
  const around = { dataDir, begun: performance.now(), kept: openKept(dataDir), say: (line: string) => said.push(line) }
  const server = await startServer(recipe, around)
  onTestFinished(() => server.stop())
  return server
}
