import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { forgetPorts, natsIllness } from './nats-health.ts'

test('says what NATS says is wrong with it', async () => {
  const folder = await aFolderOf(503, { status: 'unavailable', error: 'stream A write error: no space left' })
  expect(await natsIllness(folder, 77)).toBe('stream A write error: no space left')
})

test('has nothing to say of one that is well, is another one, or does not answer', async () => {
  const well = await aFolderOf(200, { status: 'ok' })
  expect(await natsIllness(well, 77)).toBeUndefined()
  const ill = await aFolderOf(503, { error: 'ill' })
  expect(await natsIllness(ill, 78)).toBeUndefined()
  const gone = aDataFolder()
  writeFileSync(join(gone, 'nats-server_77.ports'), '{"monitoring":["http://127.0.0.1:1"]}')
  expect(await natsIllness(gone, 77)).toBeUndefined()
  expect(await natsIllness(join(gone, 'nowhere'), 77)).toBeUndefined()
})

test('forgets where one was that is no more', async () => {
  const folder = await aFolderOf(503, { error: 'ill' })
  forgetPorts(folder)
  expect(existsSync(join(folder, 'nats-server_77.ports'))).toBe(false)
})

/** The folder of a NATS, process 77, whose health is this. */
async function aFolderOf(status: number, body: unknown): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? status : 404).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const folder = aDataFolder()
  writeFileSync(join(folder, 'nats-server_77.ports'), JSON.stringify({ monitoring: [`http://127.0.0.1:${port}`] }))
  return folder
}
