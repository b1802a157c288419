import { createServer } from 'node:net'

export interface HeldPort {
  readonly port: number
  release(): Promise<void>
}

/**
 * Takes `from` or the first free port after it, for as long as it takes to get ready for what will listen there: of two
 * that start at once, the second takes the next one.
 */
export async function holdPort(from: number): Promise<HeldPort> {
  for (let port = from; port < from + 1000; port++) {
    const held = await hold(port)
    if (held) return held
  }
  throw new Error(`No free port was found on 127.0.0.1 from ${from} on.`)
}

function hold(port: number): Promise<HeldPort | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      resolve({ port, release: () => new Promise((released) => server.close(() => released())) }),
    )
  })
}
