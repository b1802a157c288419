import type { Redis } from 'ioredis'
import { until } from '../../src/local/until.ts'

/** A server of a cluster, and a connection to it. */
export interface ClusterNode {
  readonly client: Redis
  readonly port: number
}

const masters = 3
const slotCount = 16_384

/** Makes one cluster of servers that have been started for it: three masters, and a replica of each for every further three. */
export async function formRedisCluster(nodes: readonly ClusterNode[]): Promise<void> {
  const [first, ...others] = nodes
  if (first === undefined) return
  for (const [n, { client }] of nodes.slice(0, masters).entries()) {
    const from = Math.floor((slotCount * n) / masters)
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, Math.floor((slotCount * (n + 1)) / masters) - 1)
  }
  for (const { client, port } of others) {
    const answer = await client.config('GET', 'cluster-port')
    const busPort = Array.isArray(answer) ? String(answer[1]) : ''
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
  }
  const haveMet = async () => (await Promise.all(nodes.map(({ client }) => knows(client, nodes.length)))).every(Boolean)
  if (!(await until(haveMet, 30_000))) throw new Error('the nodes of the cluster did not meet')
  const replicas = nodes.slice(masters)
  for (const [n, { client }] of replicas.entries()) {
    await client.call('CLUSTER', 'REPLICATE', String(await nodes[n % masters]?.client.call('CLUSTER', 'MYID')))
  }
  const isFormed = async () =>
    (await Promise.all(replicas.map(({ client }) => isInSync(client)))).every(Boolean) && (await clusterIsWell(nodes))
  if (!(await until(isFormed, 30_000))) throw new Error('the cluster did not form')
}

/** Whether every one of these nodes says that all slots are served. */
export async function clusterIsWell(nodes: readonly Pick<ClusterNode, 'client'>[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'INFO').catch(() => '')))
  return infos.every((info) => String(info).includes('cluster_state:ok'))
}

/** The port of the master of a slot, as the first node that answers sees it. */
export async function masterOf(
  nodes: readonly Pick<ClusterNode, 'client'>[],
  slot: number,
): Promise<number | undefined> {
  for (const { client } of nodes) {
    const answer = await client.call('CLUSTER', 'SLOTS').catch(() => undefined)
    if (!Array.isArray(answer)) continue
    const range = answer.find(([from, to]: [number, number]) => from <= slot && slot <= to)
    return range?.[2]?.[1]
  }
  return undefined
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
