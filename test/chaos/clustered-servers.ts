import { appendFileSync, mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { cacheFolder } from '../../src/local/cache-folder.ts'
import { freePort } from '../../src/local/free-port.ts'
import { openKept } from '../../src/local/kept.ts'
import { natsRecipe } from '../../src/local/nats.ts'
import { redisRecipe } from '../../src/local/redis.ts'
import { type Recipe, type RunningServer, startServer } from '../../src/local/server.ts'
import { startServers } from '../../src/local/servers.ts'
import { clusterLines } from '../setup/nats-cluster.ts'
import { formRedisCluster, masterOf } from '../setup/redis-cluster.ts'
import type { ServerName } from './plan.ts'
import type { Servers } from './servers.ts'

const natsCount = 3
const redisCount = 6

/**
 * PostgreSQL, three NATS servers and a Redis Cluster of three masters and three replicas. A fault of NATS befalls one server
 * after the other, one of Redis the masters in turn; what dies is started again on its port.
 */
export async function openClusteredServers(dataDir: string, say: (line: string) => void): Promise<Servers> {
  const env = { PATH: process.env['PATH'] }
  const cache = cacheFolder(dataDir)
  const elsewhere = { NATS_URL: 'nats://in-a-cluster', REDIS_URL: 'redis://in-a-cluster' }
  const postgres = await startServers({ dataDir, env: { ...env, ...elsewhere }, say })
  const running: RunningServer[] = []
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()))
    await postgres.stop()
  }
  try {
    const natsServers = await startNats(dataDir, cache, env, say)
    running.push(...natsServers)
    const redisServers = await startRedis(dataDir, cache, env, say)
    running.push(...redisServers)
    const nodes = redisServers.map(({ url, port }) => ({ client: new Redis(url), port }))
    for (const { client } of nodes) client.on('error', () => undefined)
    await formRedisCluster(nodes)
    let turn = 0
    const signal = async (name: ServerName, which: NodeJS.Signals) => {
      turn++
      if (name === 'postgres') return signalTo(postgres.running[0], which)
      if (name === 'nats') return signalTo(natsServers[turn % natsCount], which)
      const port = await masterOf(nodes, (turn * 5000) % 16_384)
      signalTo(
        redisServers.find((server) => server.port === port),
        which,
      )
    }
    return {
      ...postgres,
      env: {
        DATABASE_URL: postgres.env.DATABASE_URL,
        NATS_URL: natsServers.map(({ url }) => url).join(','),
        REDIS_URL: redisServers.map(({ url }) => url).join(','),
      },
      running: [...postgres.running, ...running],
      port: (name) => (name === 'postgres' ? (postgres.running[0]?.port ?? 0) : 0),
      signal: (name, which) => void signal(name, which),
      async flush() {
        await Promise.allSettled(nodes.map(({ client }) => client.flushall()))
      },
      async loseDisk() {
        const lost = 1 + (turn % natsCount)
        signalTo(natsServers[lost - 1], 'SIGSTOP')
        await rm(join(dataDir, `nats-${lost}/nats/jetstream`), { recursive: true, force: true })
        signalTo(natsServers[lost - 1], 'SIGKILL')
      },
      async stop() {
        for (const { client } of nodes) client.disconnect()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function signalTo(server: RunningServer | undefined, which: NodeJS.Signals): void {
  const pid = server?.pid()
  if (pid !== undefined) process.kill(pid, which)
}

interface Place {
  readonly folder: string
  readonly configuration: string
  readonly lines: readonly string[]
}

/** Starts a server in a folder of its own, with more lines in its configuration than a local one has. */
function start(recipe: Recipe, { folder, configuration, lines }: Place, say: (line: string) => void) {
  const command = (port: number) => {
    const made = recipe.command(port)
    appendFileSync(join(folder, configuration), `${lines.join('\n')}\n`)
    return made
  }
  return startServer({ ...recipe, command }, { dataDir: folder, begun: performance.now(), kept: openKept(folder), say })
}

async function startNats(
  dataDir: string,
  cache: string,
  env: { PATH: string | undefined },
  say: (line: string) => void,
) {
  const routes = await Promise.all(Array.from({ length: natsCount }, () => freePort()))
  return Promise.all(
    routes.map(async (_, n) => {
      const folder = folderIn(dataDir, `nats-${n + 1}`)
      const recipe = await natsRecipe({ dataDir: folder, cache, env, say })
      return start(recipe, { folder, configuration: 'nats/nats.conf', lines: clusterLines(n, routes) }, say)
    }),
  )
}

async function startRedis(
  dataDir: string,
  cache: string,
  env: { PATH: string | undefined },
  say: (line: string) => void,
) {
  const password = 'a-password-for-the-cluster'
  return Promise.all(
    Array.from({ length: redisCount }, async (_, n) => {
      const folder = folderIn(dataDir, `redis-${n + 1}`)
      const kept = openKept(folder)
      kept.setPassword('redis', password)
      const recipe = await redisRecipe({ dataDir: folder, cache, env, kept, say })
      if (recipe === undefined) throw new Error('there is no Redis to be had: the suite needs it')
      const lines = [
        'cluster-enabled yes',
        'cluster-node-timeout 2000',
        `cluster-port ${await freePort()}`,
        `masterauth ${password}`,
      ]
      return start(recipe, { folder, configuration: 'redis/redis.conf', lines }, say)
    }),
  )
}

function folderIn(dataDir: string, name: string): string {
  const folder = join(dataDir, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
