import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort, isFree } from './free-port.ts'

test('gives the wanted port as long as it is free', async () => {
  const port = await freePort()
  expect(await freePort(port)).toBe(port)
})

test('gives another port when the wanted one is taken', async () => {
  const taken = await freePort()
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  const port = await freePort(taken)
  expect(port).not.toBe(taken)
  expect(await isFree(port)).toBe(true)
  server.close()
})
