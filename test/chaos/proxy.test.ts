import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { openProxy } from './proxy.ts'

it('hands on what both sides say, in turn to each upstream', async () => {
  const proxy = await proxyFor(await anEcho('one'), await anEcho('two'))
  const said = [await ask(proxy.port, 'hello'), await ask(proxy.port, 'hello')]
  expect(said.sort()).toEqual(['one hello', 'two hello'])
})

it('passes over an upstream that is away', async () => {
  const proxy = await proxyFor(1, await anEcho('two'))
  expect([await ask(proxy.port, 'a'), await ask(proxy.port, 'b')]).toEqual(['two a', 'two b'])
})

it('cuts what is connected, and takes connections again', async () => {
  const proxy = await proxyFor(await anEcho('one'))
  const socket = await connected(proxy.port)
  const closed = once(socket, 'close')
  proxy.cut()
  await closed
  expect(await ask(proxy.port, 'again')).toBe('one again')
})

it('refuses while it is told to', async () => {
  const proxy = await proxyFor(await anEcho('one'))
  proxy.refuse(true)
  expect(await ask(proxy.port, 'hello')).toBe('')
  proxy.refuse(false)
  expect(await ask(proxy.port, 'hello')).toBe('one hello')
})

it('ends a connection whose upstream has ended it', async () => {
  const server = createServer((socket) => socket.end('bye'))
  const proxy = await proxyFor(await listening(server))
  const socket = await connected(proxy.port)
  socket.resume()
  await once(socket, 'close')
  expect(socket.bytesRead).toBe(3)
})

async function proxyFor(...ports: number[]) {
  const proxy = await openProxy(ports)
  onTestFinished(() => proxy.close())
  return proxy
}

function anEcho(name: string): Promise<number> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (said) => socket.end(`${name} ${said}`))
    }),
  )
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function ask(port: number, words: string): Promise<string> {
  const socket = await connected(port)
  socket.write(words)
  let said = ''
  socket.setEncoding('utf8').on('data', (piece) => {
    said += piece
  })
  await once(socket, 'close')
  return said
}
