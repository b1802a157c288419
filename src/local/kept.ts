import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type ServerKey = 'postgres' | 'redis' | 'nats' | 'cassandra'

/** What a data folder remembers about its servers from one start to the next. */
export interface Kept {
  port(server: ServerKey): number | undefined
  password(server: ServerKey): string | undefined
  setPort(server: ServerKey, port: number): void
  setPassword(server: ServerKey, password: string): void
}

type Entries = Readonly<Record<string, { readonly port?: number; readonly password?: string }>>

export function openKept(dataDir: string): Kept {
  const file = join(dataDir, 'servers.json')
  let entries = read(file)
  const change = (server: ServerKey, part: Entries[string]) => {
    entries = { ...entries, [server]: { ...entries[server], ...part } }
    write(file, entries)
  }
  return {
    port: (server) => entries[server]?.port,
    password: (server) => entries[server]?.password,
    setPort: (server, port) => change(server, { port }),
    setPassword: (server, password) => change(server, { password }),
  }
}

function read(file: string): Entries {
  try {
    return decode(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Missing or cut short: ports and passwords are simply chosen anew.
    return {}
  }
}

function decode(value: unknown): Entries {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).map(([server, entry]: [string, unknown]) => {
      const port = field(entry, 'port')
      const password = field(entry, 'password')
      return [server, { ...(typeof port === 'number' && { port }), ...(typeof password === 'string' && { password }) }]
    }),
  )
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function write(file: string, entries: Entries): void {
  mkdirSync(join(file, '..'), { recursive: true })
  const next = `${file}.${process.pid}`
  writeFileSync(next, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600 })
  chmodSync(next, 0o600)
  renameSync(next, file)
}
