import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import type { Command } from './guard.ts'
import { type Env, onPath } from './program.ts'
import type { Say } from './say.ts'

export interface Container {
  readonly docker: string
  readonly server: string
  readonly image: string
  /** The folder on this machine that becomes /data. */
  readonly folder: string
  readonly port: number
  readonly innerPort: number
  readonly args: readonly string[]
}

/** The docker command, when there is one, its daemon answers, and it has the image or can fetch it. */
export async function dockerWith(image: string, env: Env, say: Say): Promise<string | undefined> {
  const docker = onPath('docker', env)
  if (docker === undefined || !(await succeeds(docker, ['version'], 10_000))) return undefined
  if (await succeeds(docker, ['image', 'inspect', image], 10_000)) return docker
  say(`fetching the container image ${image}`)
  return (await succeeds(docker, ['pull', '--quiet', image], 600_000)) ? docker : undefined
}

async function succeeds(docker: string, args: readonly string[], timeout: number): Promise<boolean> {
  return await promisify(execFile)(docker, args, { timeout }).then(
    () => true,
    () => false,
  )
}

/** Runs a server in a container that ends with the `docker run` in the foreground. */
export function container({ docker, server, image, folder, port, innerPort, args }: Container): Command {
  // The name keeps two containers from ever writing to one folder; one that was left behind gives way.
  const name = `carillon-${server}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  execFileSync(docker, ['rm', '--force', name], { stdio: 'ignore' })
  const user = process.getuid === undefined ? [] : ['--user', `${process.getuid()}:${process.getgid?.()}`]
  const publish = ['--publish', `127.0.0.1:${port}:${innerPort}`, '--volume', `${folder}:/data`]
  return { argv: [docker, 'run', '--rm', '--name', name, ...user, ...publish, image, ...args] }
}
