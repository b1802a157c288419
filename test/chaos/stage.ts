import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { seedDemo } from '../../prisma/seed.ts'
import { freePort } from '../../src/local/free-port.ts'
import type { Env } from '../../src/local/program.ts'
import { until } from '../../src/local/until.ts'
import { newApiKey } from '../../src/store/callers.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { Demo } from '../setup/carillon.ts'
import { openClusteredServers } from './clustered-servers.ts'
import type { Disk } from './disk.ts'
import { type RoleName, roleNames, type ServerName, secondRoleNames, serverNames } from './plan.ts'
import { openProxy, type TcpProxy } from './proxy.ts'
import { openServers, type Servers } from './servers.ts'
import { type Supervised, supervise } from './supervisor.ts'

/** Everything that faults can befall, and what it takes to use it. */
export interface Stage {
  /** Addresses and keys. The gateway's is that of a load balancer before all gateways. */
  readonly demo: Demo
  /** Straight to the server, past what can be cut. */
  readonly database: Database
  readonly roles: ReadonlyMap<RoleName, Supervised>
  readonly servers: Servers
  /** What the roles reach the servers through. */
  readonly networks: ReadonlyMap<ServerName, TcpProxy>
  /** undefined: it cannot be filled here. */
  readonly disk: Disk | undefined
  /** Resolves once every role says that it is ready; false: not within that time. */
  ready(withinMs: number): Promise<boolean>
  close(): Promise<void>
}

export interface StageOptions {
  /** Two folders are made in it, `data` and `logs`. */
  readonly folder: string
  readonly seed: number
  /** Stores that consist of several servers, and two of each role. */
  readonly isClustered: boolean
  readonly disk: Disk | undefined
  readonly say: (line: string) => void
  /** Aborted: it is not wanted any more. */
  readonly signal: AbortSignal
}

const source = join(import.meta.dirname, '../../src')
const viewerSecret = randomBytes(32).toString('base64url')

/** The command of each role. The bulk one has all of SOCIAL and MARKETING; so have fan-out, dispatch and relay. */
const commands: Readonly<Record<RoleName, readonly string[]>> = {
  'gateway-1': ['gateway'],
  'gateway-2': ['gateway'],
  'fan-out': ['fan-out'],
  'dispatch-1': ['dispatch'],
  'dispatch-2': ['dispatch'],
  relay: ['relay'],
  feedback: ['feedback'],
  bulk: ['bulk'],
  'fan-out-2': ['fan-out'],
  'relay-2': ['relay'],
  'feedback-2': ['feedback'],
  'bulk-2': ['bulk'],
}

/** Starts servers, sandbox and every role, each as a process of its own, with an empty database. */
export async function openStage({ folder, seed, isClustered, disk, say, signal }: StageOptions): Promise<Stage> {
  const dataDir = join(folder, 'data')
  const logs = join(folder, 'logs')
  mkdirSync(logs, { recursive: true })
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end().catch((error: unknown) => say(String(error)))
  }
  try {
    const servers = await (isClustered ? openClusteredServers : openServers)(dataDir, say)
    closing.push(() => servers.stop())
    const networks = new Map<ServerName, TcpProxy>()
    // Of a cluster clients learn all addresses: there is no one place to cut it at.
    for (const name of isClustered ? (['postgres'] as const) : serverNames)
      networks.set(name, await openProxy([servers.port(name)]))
    const names: readonly RoleName[] = isClustered ? [...roleNames, ...secondRoleNames] : roleNames
    const ports = new Map<RoleName, number>()
    for (const name of names) ports.set(name, await freePort())
    const balancer = await openProxy(names.filter(isGateway).flatMap((name) => ports.get(name) ?? []))
    closing.push(() => Promise.all([...networks.values(), balancer].map((proxy) => proxy.close())))
    const gateway = `http://127.0.0.1:${balancer.port}`

    const sandbox = await startSandbox({ dataDir, logs, seed, gateway })
    closing.push(() => sandbox.process.stop())
    await migrate(servers.env.DATABASE_URL)
    const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 4, name: 'chaos' })
    closing.push(() => database.close())
    const keys = { apiKey: aKey(), bulkApiKey: aKey(), adminApiKey: aKey() }
    await seedDemo(database, keys)

    const env: Env = {
      // The sandbox tells within a second. Unless told otherwise, the wait is as long as in production.
      ...(process.env['EVIDENCE_WAIT_MS'] && { EVIDENCE_WAIT_MS: process.env['EVIDENCE_WAIT_MS'] }),
      ...(await environmentOf(sandbox.url)),
      ...bare(),
      DATABASE_URL: through(servers.env.DATABASE_URL, networks.get('postgres')),
      REDIS_URL: through(servers.env.REDIS_URL ?? '', networks.get('redis')),
      NATS_URL: through(servers.env.NATS_URL, networks.get('nats')),
      CARILLON_SECRET_KEY: randomBytes(32).toString('base64url'),
      VIEWER_JWT_SECRET: viewerSecret,
      PUBLIC_URL: gateway,
      NODE_ENV: 'production',
      ...(isClustered ? { NATS_REPLICAS: '3' } : {}),
    }
    const roles = new Map<RoleName, Supervised>()
    for (const name of names) roles.set(name, startRole(name, ports.get(name) ?? 0, env, logs))
    closing.push(() => Promise.all([...roles.values()].map((role) => role.stop())))

    const allReady = async () => (await Promise.all([...roles.values()].map((role) => role.isReady()))).every(Boolean)
    const ready = (withinMs: number) => until(allReady, withinMs, signal)
    const isReady = await ready(150_000)
    signal.throwIfAborted()
    if (!isReady) throw new Error(`not every role got ready: see ${logs}`)
    const demo = { gateway, sandbox: sandbox.url, ...keys, viewerSecret, viewers: [] }
    return { demo, database, roles, servers, networks, disk, ready, close }
  } catch (error) {
    await close()
    throw error
  }
}

function startRole(name: RoleName, port: number, env: Env, logs: string): Supervised {
  const own = isGateway(name) ? { PORT: String(port) } : { HEALTH_PORT: String(port) }
  return supervise({
    name,
    args: [join(source, 'main.ts'), ...commands[name]],
    env: { ...env, ...own, CARILLON_ROLE: name },
    logFile: join(logs, `${name}.log`),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  })
}

interface SandboxOptions {
  readonly dataDir: string
  readonly logs: string
  readonly seed: number
  readonly gateway: string
}

/** No fault befalls it: its ledger is what everything is measured by. */
async function startSandbox({ dataDir, logs, seed, gateway }: SandboxOptions) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const sandbox = supervise({
    name: 'sandbox',
    args: [join(source, 'sandbox/main.ts')],
    env: {
      ...bare(),
      SANDBOX_PORT: String(port),
      SANDBOX_SEED: String(seed),
      CARILLON_DATA_DIR: dataDir,
      CARILLON_GATEWAY: gateway,
    },
    logFile: join(logs, 'sandbox.log'),
    readyUrl: `${url}/faults`,
  })
  if (!(await until(() => sandbox.isReady(), 60_000))) throw new Error(`the sandbox did not get ready: see ${logs}`)
  return { url, process: sandbox }
}

async function environmentOf(sandbox: string): Promise<Env> {
  return z.record(z.string(), z.string()).parse(await (await fetch(`${sandbox}/environment`)).json())
}

/** Nothing that configures Carillon. */
function bare(): Env {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'LANG']
  return Object.fromEntries(passed.map((name) => [name, process.env[name]]))
}

/** Its own address, where nothing is before it. */
function through(url: string, proxy: TcpProxy | undefined): string {
  if (proxy === undefined) return url
  return url.replace(/:\d+(?=\/|$)/, `:${proxy.port}`)
}

function isGateway(name: RoleName): boolean {
  return commands[name].includes('gateway')
}

function aKey(): string {
  return newApiKey(randomBytes(32))
}
