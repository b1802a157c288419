import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openKept } from './kept.ts'
import { openKeys } from './keys.ts'
import { sandboxEnvironment } from './ours.ts'
import type { Env } from './program.ts'

/**
 * The configuration that `npm start` has given its processes, from what it left in its data folder; what the environment
 * says itself goes before. Undefined where it has never been started.
 */
export async function startedEnvironment(dataDir: string, given: Env): Promise<Env | undefined> {
  const demo = await readFile(join(dataDir, 'demo.json'), 'utf8').catch(() => undefined)
  if (demo === undefined) return undefined
  const { gateway, sandbox } = addressesIn(JSON.parse(demo))
  const keys = await openKeys(dataDir)
  return {
    CARILLON_SECRET_KEY: keys.secretKey,
    ...(given['VIEWER_JWKS_URL'] ? {} : { VIEWER_JWT_SECRET: keys.viewerSecret }),
    ...servers(dataDir),
    PUBLIC_URL: gateway,
    // One that has been stopped cannot tell.
    ...(sandbox === undefined ? {} : await sandboxEnvironment(sandbox).catch(() => ({}))),
    // An empty variable is one that is not set.
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
  }
}

function servers(dataDir: string): Env {
  const kept = openKept(dataDir)
  const [postgres, redis, nats, cassandra] = (['postgres', 'redis', 'nats', 'cassandra'] as const).map(kept.port)
  return {
    ...(postgres && {
      DATABASE_URL: `postgresql://carillon:${kept.password('postgres')}@127.0.0.1:${postgres}/carillon`,
    }),
    ...(redis && { REDIS_URL: `redis://:${kept.password('redis')}@127.0.0.1:${redis}` }),
    ...(nats && { NATS_URL: `nats://127.0.0.1:${nats}` }),
    ...(cassandra && { CASSANDRA_CONTACT_POINTS: `127.0.0.1:${cassandra}` }),
  }
}

function addressesIn(demo: unknown): { readonly gateway: string | undefined; readonly sandbox: string | undefined } {
  const field = (name: string) => {
    const value: unknown = typeof demo === 'object' && demo !== null ? Reflect.get(demo, name) : undefined
    return typeof value === 'string' ? value : undefined
  }
  return { gateway: field('gateway'), sandbox: field('sandbox') }
}
