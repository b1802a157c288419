import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { writeText } from './write-text.ts'

test('a client gets what was said, whatever its length and letters', async () => {
  const said = [
    '',
    'a',
    'ü',
    'x'.repeat(125),
    'é'.repeat(63),
    'x'.repeat(126),
    '语'.repeat(30_000),
    '🔔'.repeat(40_000),
  ]
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, wire, head) => {
    sockets.handleUpgrade(request, wire, head, (socket) => {
      for (const text of said) writeText(wire, text)
      socket.close()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const heard: string[] = []
  client.on('message', (data) => heard.push(String(data)))
  const [code] = await once(client, 'close')
  expect([code, heard]).toEqual([1005, said])
})
