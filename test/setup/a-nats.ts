import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../src/local/cache-folder.ts'
import { freePort } from '../../src/local/free-port.ts'
import { runGuarded } from '../../src/local/guard.ts'
import { natsRecipe } from '../../src/local/nats.ts'
import { until } from '../../src/local/until.ts'

export interface ANats {
  /** "127.0.0.1:4222" */
  readonly place: string
  stop(): Promise<void>
}

/** A NATS of a test's own, with more lines in its configuration than local ones have. */
export async function aNats(configuration: readonly string[]): Promise<ANats> {
  const dataDir = mkdtempSync(join(tmpdir(), 'carillon-nats-'))
  const recipe = await natsRecipe({ dataDir, cache: cacheFolder(dataDir), env: process.env, say: () => undefined })
  const port = await freePort()
  const command = recipe.command(port)
  appendFileSync(join(dataDir, 'nats/nats.conf'), `${configuration.join('\n')}\n`)
  const server = runGuarded(command, {
    stopSignal: 'TERM',
    graceSeconds: 4,
    pidFile: join(dataDir, 'nats.pid'),
    logFile: join(dataDir, 'nats.log'),
  })
  if (!(await until(() => recipe.ready(port), 20_000))) throw new Error('NATS did not start')
  return {
    place: `127.0.0.1:${port}`,
    async stop() {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
