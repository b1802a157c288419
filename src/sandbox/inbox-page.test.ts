import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir } from './test-clients.ts'

const protocol = 'graphql-transport-ws'
const demo = { apiKey: 'car_secret', viewers: [{ userId: 'ada', token: 'token-of-ada', timeZone: 'Europe/London' }] }

/** Answers each message with itself; "leave" ends the socket. */
let gateway: WebSocketServer
let sandbox: Sandbox

beforeAll(async () => {
  gateway = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => protocol })
  gateway.on('connection', (socket, { url }) => {
    socket.on('message', (data) => {
      if (String(data) === 'leave') socket.close(4403, 'Your credentials have ended.')
      else socket.send(`${url} ${data}`)
    })
  })
  await once(gateway, 'listening')
  const dataDir = aDataDir()
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify(demo))
  const address = gateway.address()
  const port = typeof address === 'object' ? address?.port : ''
  sandbox = await startSandbox({ port: 0, dataDir, gateway: `http://127.0.0.1:${port}/` })
})
afterAll(async () => {
  await sandbox.close()
  gateway.close()
})

/** What comes back over a socket of a page with this origin, and what it ended with. */
async function talk(messages: readonly string[], origin = sandbox.url, path = '/gateway/graphql') {
  const socket = new WebSocket(sandbox.url.replace('http', 'ws') + path, protocol, { origin })
  const answers: string[] = []
  socket.on('open', () => {
    for (const each of messages) socket.send(each)
  })
  socket.on('message', (data) => answers.push(String(data)))
  const refused = new Promise<string>((resolve) => socket.on('error', ({ message }) => resolve(message)))
  const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`)
  return { answers, end: await Promise.race([refused, closed]) }
}

const init = (authorization: string) => JSON.stringify({ type: 'connection_init', payload: { authorization } })

test('the page and its files come from here', async () => {
  const page = await fetch(`${sandbox.url}/inbox`)
  const files = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(files).toContain('/inbox/carillon-inbox.js')
  for (const file of files) expect((await fetch(sandbox.url + file)).status).toBe(200)
})

test('a socket of the page is signed in as the demo user whom it names, and ends as the gateway ends it', async () => {
  expect(await talk([init('Bearer ada'), '{"type":"ping"}', 'leave'])).toEqual({
    answers: [`/graphql ${init('Bearer token-of-ada')}`, '/graphql {"type":"ping"}'],
    end: '4403 Your credentials have ended.',
  })
})

test.each(['mallory', 'caller', ''])('nobody is signed in as "%s"', async (name) => {
  const { end } = await talk([init(`Bearer ${name}`)])
  expect(end).toBe('4403 The token must be the name of a demo user.')
})

test.each([
  [
    'what is no message of the protocol',
    ['nonsense'],
    undefined,
    undefined,
    '4403 The token must be the name of a demo user.',
  ],
  ['a page of somebody else', [], 'http://evil.example', undefined, 'Unexpected server response: 403'],
  ['another address', [], undefined, '/elsewhere', 'Unexpected server response: 404'],
])('refuses %s', async (_what, messages, origin, path, end) => {
  expect((await talk(messages, origin, path)).end).toBe(end)
})
