import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../src/local/cache-folder.ts'
import { freePort } from '../../src/local/free-port.ts'
import { runGuarded } from '../../src/local/guard.ts'
import { natsRecipe } from '../../src/local/nats.ts'
import { until } from '../../src/local/until.ts'
import { clusterLines } from './nats-cluster.ts'

export interface ANatsCluster {
  /** The addresses of all servers, separated by commas. */
  readonly url: string
  /** Ends one of them for good, by its name: "nats-1". */
  end(name: string): Promise<void>
  stop(): Promise<void>
}

/** Three servers with JetStream, each with a tag of its own: "first", "second", "third". */
export async function aNatsCluster(): Promise<ANatsCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-nats-cluster-'))
  const routes = await Promise.all(['first', 'second', 'third'].map(() => freePort()))
  const servers = await Promise.all(
    ['first', 'second', 'third'].map(async (tag, n) => {
      const dataDir = join(folder, tag)
      mkdirSync(dataDir)
      const recipe = await natsRecipe({ dataDir, cache: cacheFolder(dataDir), env: process.env, say: () => undefined })
      const port = await freePort()
      const command = recipe.command(port)
      const lines = [...clusterLines(n, routes), `server_tags: ["${tag}"]`]
      appendFileSync(join(dataDir, 'nats/nats.conf'), `${lines.join('\n')}\n`)
      const files = { pidFile: join(dataDir, 'nats.pid'), logFile: join(dataDir, 'nats.log') }
      const server = runGuarded(command, { stopSignal: 'TERM', graceSeconds: 0, ...files })
      return { name: `nats-${n + 1}`, port, recipe, server }
    }),
  )
  const areReady = async () => (await Promise.all(servers.map(({ recipe, port }) => recipe.ready(port)))).every(Boolean)
  if (!(await until(areReady, 20_000))) throw new Error('NATS did not start')
  return {
    url: servers.map(({ port }) => `127.0.0.1:${port}`).join(','),
    end: async (name) => servers.find((each) => each.name === name)?.server.stop(),
    async stop() {
      await Promise.all(servers.map(({ server }) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
