import type { Server } from 'node:http'

const defaultPort = 4000

/** Connections that wait to be taken: a crowd that comes back at once is not to try again second by second. */
const backlog = 4096

/** Listens on the port, or, where none is said, on 4000 or the next free one. Resolves with the port. */
export async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  if (port !== undefined) return tryPort(server, host, port)
  for (let next = defaultPort; ; next++) {
    try {
      return await tryPort(server, host, next)
    } catch (error) {
      if (!isTaken(error) || next >= defaultPort + 1000) throw error
    }
  }
}

function tryPort(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
