import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kept } from './kept.ts'
import { endLeftover } from './leftover.ts'
import { postgresBinaries, postgresVersion } from './postgres-binaries.ts'
import {
  changePassword,
  checkClusterVersion,
  clusterExists,
  clusterFiles,
  createCluster,
  postgresEnv,
} from './postgres-cluster.ts'
import { postgresUser } from './postgres-user.ts'
import type { Say } from './say.ts'
import type { Recipe } from './server.ts'

/** For a laptop; what makes a commit safe stays on. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_compression: 'on',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

export interface PostgresOptions {
  readonly dataDir: string
  readonly kept: Kept
  readonly say: Say
}

/** How PostgreSQL is run here: the server from npm, with a cluster in the data folder that is made when there is none. */
export async function postgresRecipe({ dataDir, kept, say }: PostgresOptions): Promise<Recipe> {
  const name = 'PostgreSQL'
  const stopSignal = 'INT'
  const folder = join(dataDir, 'postgres')
  const files = clusterFiles(folder)
  const binaries = postgresBinaries()
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const version = postgresVersion(binaries.postgres)
  const user = postgresUser(binaries.postgres, folder)
  const cluster = { folder, binaries, version, user }
  await endLeftover({ name, pidFile: join(dataDir, 'postgres.pid'), marker: files, stopSignal }, say)

  const password = kept.password('postgres') ?? randomBytes(18).toString('base64url')
  if (!clusterExists(cluster)) {
    say(`PostgreSQL ${version}: making a new database`)
    await createCluster(cluster, password)
  } else {
    checkClusterVersion(cluster)
    if (kept.password('postgres') === undefined) await changePassword(cluster, password)
  }
  kept.setPassword('postgres', password)

  const settings = Object.entries(SETTINGS).flatMap(([setting, value]) => ['-c', `${setting}=${value}`])
  return {
    key: 'postgres',
    name,
    version,
    stopSignal,
    marker: files,
    command: (port) => ({
      argv: [...user.prefix, binaries.postgres, '-D', files, '-p', String(port), ...settings],
      env: postgresEnv(),
      ...user.ids,
    }),
    ready: (port) => isReady(files, port),
    url: (port) => `postgresql://carillon:${password}@127.0.0.1:${port}/carillon`,
  }
}

/** As `pg_ctl --wait` does it: the server writes its port and its state into lines 4 and 8 of this file. */
function isReady(files: string, port: number): boolean {
  try {
    const lines = readFileSync(join(files, 'postmaster.pid'), 'utf8').split('\n')
    return lines[3] === String(port) && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}
