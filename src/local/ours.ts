import { join } from 'node:path'
import { LocalFailure } from './failure.ts'
import type { KeptAlive } from './keep-alive.ts'
import { keepNodeChild } from './process.ts'
import type { Env } from './program.ts'
import type { Say } from './say.ts'

/*
 * Our own processes that `npm start` runs beside the first one.
 */

const source = join(import.meta.dirname, '..')

export interface LocalSandbox {
  readonly url: string
  /** What it takes to send through it. */
  readonly environment: Env
  stop(): Promise<void>
}

/** The sandbox: the one that `SANDBOX_URL` names, else a process of our own. */
export async function keepSandbox({ env, say }: { env: Env; say: Say }): Promise<LocalSandbox> {
  const running = env['SANDBOX_URL']
  if (running) return { url: running, environment: await sandboxEnvironment(running), stop: async () => undefined }
  let url: string | undefined
  const kept = await keepNodeChild({
    name: 'sandbox',
    args: [join(source, 'sandbox/main.ts')],
    env,
    say,
    ready: {
      line: (line) => {
        url ??= sandboxUrl(line)
        return url !== undefined
      },
    },
    output: (line) => {
      if (sandboxUrl(line) === undefined) say(`sandbox: ${line}`)
    },
  })
  if (url === undefined) throw new Error('the sandbox was ready without an address')
  return { url, environment: await sandboxEnvironment(url), stop: () => kept.stop() }
}

/** SOCIAL and MARKETING, and what providers report, mostly of those: they must not share an event loop with one-time codes. */
export function keepBulk({ env, healthPort, say }: { env: Env; healthPort: number; say: Say }): Promise<KeptAlive> {
  return keepNodeChild({
    name: 'bulk',
    args: [join(source, 'main.ts'), 'bulk', '--feedback'],
    env: { ...env, CARILLON_ROLE: 'bulk', HEALTH_PORT: String(healthPort) },
    say,
    ready: { ask: () => answers(`http://127.0.0.1:${healthPort}/readyz`) },
    // As long as the servers take that it waits for: of those it tells itself, and where it would be in vain it ends.
    readyMs: Number.POSITIVE_INFINITY,
    output: (line, stream) => process[stream].write(`${line}\n`),
  })
}

function sandboxUrl(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const url: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'sandbox') : undefined
    return typeof url === 'string' ? url : undefined
  } catch {
    return undefined
  }
}

/** What it takes to send through a sandbox that runs. Rejects with a {@link LocalFailure} where there is none. */
export async function sandboxEnvironment(url: string): Promise<Env> {
  const response = await fetch(new URL('/environment', url)).catch(() => undefined)
  if (!response?.ok) throw new LocalFailure(`There is no sandbox at ${url}: start it with "npm run sandbox".`)
  const environment: unknown = await response.json()
  if (typeof environment !== 'object' || environment === null) throw new Error('the sandbox told no environment')
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]))
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}
