import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands before a server, or before several of a kind, as a network would: it can be cut. */
export interface TcpProxy {
  readonly port: number
  /** Ends every connection. */
  cut(): void
  /** While refusing, new connections are ended at once. */
  refuse(refusing: boolean): void
  close(): Promise<void>
}

/** Takes turns among the upstreams; one that does not answer is passed over. */
export async function openProxy(upstreams: readonly number[]): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let refusing = false
  let turn = 0
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer({ pauseOnConnect: true }, async (client) => {
    keep(client)
    turn++
    const inTurn = upstreams.map((_, n) => upstreams[(turn + n) % upstreams.length] ?? 0)
    const upstream = refusing ? undefined : await firstOf(inTurn)
    if (upstream === undefined || client.destroyed || refusing) {
      upstream?.destroy()
      client.destroy()
      return
    }
    keep(upstream)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.once('close', () => to.destroy())
      from.pipe(to)
    }
    client.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut,
    refuse(now) {
      refusing = now
    },
    async close() {
      refusing = true
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

/** Tries one after the other. */
async function firstOf(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = connect({ port, host: '127.0.0.1' })
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    if (connected) return socket
  }
  return undefined
}
