import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalServers, startServers } from '../src/local/servers.ts'
import { migrate } from '../src/store/migrate.ts'

export interface BenchServers extends LocalServers {
  readonly dataDir: string
}

/** Real, empty servers in a folder that goes with them. */
export async function startBenchServers(): Promise<BenchServers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const servers = await startServers({ dataDir, env: process.env, say: () => undefined })
  await migrate(servers.env.DATABASE_URL)
  return {
    ...servers,
    dataDir,
    async stop() {
      await servers.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
