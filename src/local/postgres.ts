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
import { until } from './until.ts'

/** For a laptop; what makes a commit safe stays on. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
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
  // One that was killed with everything around it keeps its process id until somebody buries it; to PostgreSQL it lives.
  await until(() => !exists(Number(stateLines(files)[0])), 10_000)

  const password = kept.password('postgres') ?? randomBytes(18).toString('base64url')
  if (!clusterExists(cluster)) {
    say(`PostgreSQL ${version}: making a new database`)
    await createCluster(cluster, password)
  } else {
    checkClusterVersion(cluster)
    if (kept.password('postgres') === undefined) await changePassword(cluster, password)
  }
  kept.setPassword('postgres', password)

  let before = ''
  const settings = Object.entries(SETTINGS).flatMap(([setting, value]) => ['-c', `${setting}=${value}`])
  return {
    key: 'postgres',
    name,
    version,
    stopSignal,
    marker: files,
    command: (port) => {
      before = whoWrote(stateLines(files))
      const argv = [...user.prefix, binaries.postgres, '-D', files, '-p', String(port), ...settings]
      return { argv, env: postgresEnv(), ...user.ids }
    },
    ready: (port) => isReady(stateLines(files), port, before),
    url: (port) => `postgresql://carillon:${password}@127.0.0.1:${port}/carillon`,
  }
}

/**
 * As `pg_ctl --wait` does it: the server writes its port and its state into lines 4 and 8 of this file. One that was
 * killed leaves the file behind, and in it that it is ready.
 */
function isReady(lines: readonly string[], port: number, before: string): boolean {
  return whoWrote(lines) !== before && lines[3] === String(port) && lines[7]?.trim() === 'ready'
}

function exists(pid: number): boolean {
  if (!(pid > 1)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Process id and the second of its start. */
function whoWrote(lines: readonly string[]): string {
  return `${lines[0]} ${lines[2]}`
}

function stateLines(files: string): readonly string[] {
  try {
    return readFileSync(join(files, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}
