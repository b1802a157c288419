import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/*
 * NATS tells its health over HTTP, on a port of its own choice, which it writes into a file of its folder.
 */

/**
 * What is wrong with a NATS that runs; undefined: nothing, or it does not say. A stream whose disk was full once stores
 * nothing any more, however much room there is again.
 */
export async function natsIllness(folder: string, pid: number): Promise<string | undefined> {
  try {
    const file = portsFiles(folder).find((name) => name.endsWith(`_${pid}.ports`)) ?? ''
    const [url] = addresses(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    const response = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(1_000) })
    if (response.ok) return undefined
    const error = field(JSON.parse(await response.text()), 'error')
    return typeof error === 'string' ? error : 'it is not healthy'
  } catch {
    // One that does not answer is busy, or has just ended: neither is for us to judge.
    return undefined
  }
}

/** One that was killed leaves its file behind. */
export function forgetPorts(folder: string): void {
  for (const name of portsFiles(folder)) rmSync(join(folder, name), { force: true })
}

function portsFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.ports'))
  } catch {
    return []
  }
}

function addresses(ports: unknown): readonly string[] {
  const monitoring = field(ports, 'monitoring')
  return Array.isArray(monitoring) ? monitoring.map(String) : []
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
