import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** A free TCP port on 127.0.0.1: the wanted one if it is free, else one that nothing else is likely to take. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && (await isFree(wanted))) return wanted
  for (let tries = 0; tries < 100; tries++) {
    // Below the range that Linux and macOS take outgoing connections from: a server that is restarted must find
    // its port again, not one that a client happens to be using.
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) return port
  }
  throw new Error('No free port was found on 127.0.0.1 between 15000 and 32000.')
}

export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
