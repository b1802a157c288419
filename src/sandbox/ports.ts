import { readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { connect } from 'node:tls'

const host = '127.0.0.1'

/** Listens on loopback; port 0 is any free one. Resolves with the port, rejects with EADDRINUSE when it is taken. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** Listens on the first free port from `port` on. */
export async function listenFrom(server: Server, port: number): Promise<number> {
  for (let next = port; next < port + 1000; next++) {
    const found = await listen(server, next).catch(ignoreTaken)
    if (found !== undefined) return found
  }
  throw new Error(`No port from ${port} to ${port + 999} is free.`)
}

/** Listens on the port of the last start, so that clients find the sandbox again; on another if it has been taken. */
export async function listenKept(server: Server, file: string): Promise<number> {
  const kept = readPort(file)
  const again = kept === undefined ? undefined : await listen(server, kept).catch(ignoreTaken)
  if (again !== undefined) return again
  const port = await listen(server, 0)
  writeFileSync(file, String(port), { mode: 0o600 })
  return port
}

/**
 * Rejects when a sandbox runs with this data folder: two must not write one ledger.
 *
 * What tells is a server on the kept port with a certificate of our own making. Unlike a lock file, that ends with
 * the process however it dies.
 */
export async function refuseSecond(file: string, ca: string): Promise<void> {
  const kept = readPort(file)
  if (kept === undefined || !(await answersWith(ca, kept))) return
  throw new StartError(
    'A sandbox is already running with this data folder: end it, or set CARILLON_DATA_DIR to another.',
  )
}

/** A reason not to start that the person at the keyboard can do something about. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function ignoreTaken(error: unknown): undefined {
  if (!isTaken(error)) throw error
}

function readPort(file: string): number | undefined {
  try {
    const port = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

function answersWith(ca: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ca,
      servername: 'localhost',
      timeout: 2000,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    const done = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.on('secureConnect', () => done(socket.authorized))
    socket.on('error', () => done(false))
    socket.on('timeout', () => done(false))
  })
}
