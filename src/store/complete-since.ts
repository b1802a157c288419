import type { Cluster, Redis } from 'ioredis'
import { slotOf, tagInSlot } from './redis-slot.ts'

const keepSeconds = 30 * 24 * 3600

/**
 * Since when the server that has this key has lost nothing, by its own clock. A server that started again may have gone
 * back to an old copy of its data, a replica that was promoted may not have heard of the last writes, and one that was
 * flushed has forgotten this too: for all of them it is the moment somebody asks.
 *
 * Rejects while the server cannot be told.
 */
export async function completeSince(redis: Redis, key: string): Promise<Date> {
  const { server, tag } = redis.isCluster ? nodeOf(redis, key) : { server: redis, tag: '' }
  const runId = /run_id:(\w+)/.exec(await server.info('server'))?.[1] ?? ''
  const [seconds = 0] = await server.time()
  const marker = `claims:since:${tag}${runId}`
  await server.set(marker, seconds, 'EX', keepSeconds, 'NX')
  return new Date(Number((await server.get(marker)) ?? seconds) * 1000)
}

/** The master that has a key, and a tag of which it has the keys as well: the marker goes when its data goes. */
function nodeOf(redis: Redis, key: string): { readonly server: Redis; readonly tag: string } {
  const { slots, nodes } = redis as unknown as Cluster
  const name = slots[slotOf(key)]?.[0]
  const server = nodes.call(redis, 'master').find(({ options: { host, port } }) => `${host}:${port}` === name)
  if (name === undefined || server === undefined) throw new Error('the cluster has nobody for this key now')
  return { server, tag: `{${tagInSlot(slots.findIndex(([master]) => master === name))}}:` }
}
