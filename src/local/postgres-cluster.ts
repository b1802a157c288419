import { execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalFailure } from './failure.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { PostgresUser } from './postgres-user.ts'

export interface Cluster {
  readonly folder: string
  readonly binaries: PostgresBinaries
  readonly version: string
  readonly user: PostgresUser
}

/** Where PostgreSQL's own files are. */
export function clusterFiles(folder: string): string {
  return join(folder, 'data')
}

export function clusterExists({ folder }: Cluster): boolean {
  return existsSync(join(clusterFiles(folder), 'PG_VERSION'))
}

/** A data folder of another major version is named, and left as it is. */
export function checkClusterVersion({ folder, version }: Cluster): void {
  const has = readFileSync(join(clusterFiles(folder), 'PG_VERSION'), 'utf8').trim()
  const major = version.split('.')[0]
  if (has === major) return
  throw new LocalFailure(
    `The data in ${folder} was written by PostgreSQL ${has}, and this Carillon runs PostgreSQL ${major}, which cannot ` +
      `read it. Nothing was changed. Move ${join(folder, '..')} away to start afresh, or set DATABASE_URL to a ` +
      `PostgreSQL ${has} that holds it.`,
  )
}

/** Makes a cluster with the database `carillon` and its owner `carillon`, who is no superuser. */
export async function createCluster(cluster: Cluster, password: string): Promise<void> {
  const { binaries, folder, user } = cluster
  // Made beside its place and moved there when it is whole: a start that is cut off leaves nothing half done.
  const files = join(folder, 'data.new')
  rmSync(files, { recursive: true, force: true })
  mkdirSync(files, { mode: 0o700 })
  if (user.owner !== undefined) chownSync(files, user.owner.uid, user.owner.gid)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const [program = '', ...args] = [
    ...user.prefix,
    binaries.initdb,
    '-D',
    files,
    '-U',
    'postgres',
    '--no-sync',
    ...locale,
  ]
  try {
    await promisify(execFile)(program, args, { cwd: '/', env: postgresEnv(), ...user.ids })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new LocalFailure(`PostgreSQL could not make its files in ${folder}:\n${said}`, { cause: error })
  }
  // The superuser has no password, so nobody can sign in as it; `carillon` can, from this machine alone.
  writeFileSync(join(files, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n')
  const statements = [
    `CREATE ROLE carillon LOGIN CREATEDB PASSWORD '${password}'`,
    'CREATE DATABASE carillon OWNER carillon',
  ]
  await runAlone(cluster, files, statements)
  renameSync(files, clusterFiles(folder))
}

export async function changePassword(cluster: Cluster, password: string): Promise<void> {
  await runAlone(cluster, clusterFiles(cluster.folder), [`ALTER ROLE carillon PASSWORD '${password}'`])
}

/** PostgreSQL without a network, for what has to be done as its superuser. One statement a line. */
async function runAlone({ binaries, user }: Cluster, files: string, statements: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...user.prefix, binaries.postgres, '--single', '-j', '-D', files, 'postgres']
  const alone = spawn(program, args, { cwd: '/', env: postgresEnv(), stdio: ['pipe', 'pipe', 'pipe'], ...user.ids })
  let said = ''
  for (const output of [alone.stdout, alone.stderr]) output.setEncoding('utf8').on('data', (text) => (said += text))
  alone.stdin.end(statements.map((statement) => `${statement};\n\n`).join(''))
  const code = await new Promise((resolve, reject) => alone.once('error', reject).once('close', resolve))
  if (code !== 0 || said.includes('ERROR:')) throw new LocalFailure(`PostgreSQL could not be set up:\n${said}`)
}

export function postgresEnv(): Record<string, string> {
  // LC_ALL: on macOS a server without it becomes multithreaded, and stops. PGDATA and the like must not get in.
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }
}
