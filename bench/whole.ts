import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Database, openDatabase } from '../src/store/database.ts'
import { runCarillon } from './carillon.ts'

/** A whole Carillon as `npm start` runs it, with the sandbox, in a folder that goes with it. */
export interface Whole {
  readonly demo: Demo
  readonly database: Database
  /** The data of the answer. Rejects where there are errors. */
  ask(key: 'bulkApiKey' | 'adminApiKey', query: string, variables?: object): Promise<unknown>
  stop(): Promise<void>
}

const demoFile = z.object({ gateway: z.string(), sandbox: z.string(), bulkApiKey: z.string(), adminApiKey: z.string() })
export type Demo = z.infer<typeof demoFile>

const answer = z.object({ data: z.unknown(), errors: z.array(z.unknown()).optional() })

export async function startWhole(env: Readonly<Record<string, string>> = {}): Promise<Whole> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const carillon = runCarillon([process.execPath, 'src/main.ts', 'all'], {
    CARILLON_DATA_DIR: dataDir,
    NODE_ENV: 'production',
    ...Object.fromEntries(
      ['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'PORT', 'SANDBOX_URL'].map((name) => [name, undefined]),
    ),
    ...env,
  })
  await carillon.line(/Carillon is ready/)
  const demo = demoFile.parse(JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')))
  const database = await databaseOf(dataDir)
  return {
    demo,
    database,
    async ask(key, query, variables = {}) {
      const response = await fetch(`${demo.gateway}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${demo[key]}` },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = answer.parse(await response.json())
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    },
    async stop() {
      await database.close()
      await carillon.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The PostgreSQL that a data folder's Carillon runs. */
async function databaseOf(dataDir: string): Promise<Database> {
  const servers = z
    .object({ postgres: z.object({ port: z.number(), password: z.string() }) })
    .parse(JSON.parse(await readFile(join(dataDir, 'servers.json'), 'utf8')))
  const { port, password } = servers.postgres
  const url = `postgres://carillon:${password}@127.0.0.1:${port}/carillon`
  return openDatabase({ url, maxConnections: 2, name: 'bench' })
}
