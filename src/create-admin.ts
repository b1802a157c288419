import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ulid } from 'ulid'
import { type Env, parseConfig } from './config.ts'
import { callerProblems } from './domain/caller-input.ts'
import { serverPlaces } from './domain/server-places.ts'
import { tiers } from './domain/words.ts'
import { LocalFailure } from './local/failure.ts'
import { hashApiKey, insertCaller, listCallers, newApiKey } from './store/callers.ts'
import { openDatabase } from './store/database.ts'
import { reachMigratedPostgres } from './store/reach-postgres.ts'

/**
 * Makes the first admin of an installation, who makes the other callers with `createCaller`, and returns its API key,
 * which is kept nowhere. Makes one more only where that is asked for: when the keys of those before it are lost.
 *
 * @throws LocalFailure
 */
export async function createAdmin(args: readonly string[], env: Env): Promise<string> {
  const { name, another } = optionsOf(args)
  const grants = { name, tiers, perMinute: 1_000, bulk: true, admin: true, campaignPerSecond: null }
  const [problem] = callerProblems(grants)
  if (problem !== undefined) throw new LocalFailure(`--name ${problem.message}.`)
  const url = parseConfig(env).databaseUrl
  const missing = await reachMigratedPostgres(url)
  if (missing !== undefined) throw new LocalFailure(`PostgreSQL at ${serverPlaces(url)} ${missing.why}.`)
  const database = openDatabase({ url, maxConnections: 1, name: 'carillon create-admin' })
  try {
    const admin = (await listCallers(database)).find((caller) => caller.admin && caller.revokedAt === null)
    if (admin !== undefined && !another) {
      throw new LocalFailure(`There is an admin already, "${admin.name}". Add --another to make one more.`)
    }
    const apiKey = newApiKey(randomBytes(32))
    const now = new Date()
    const id = `clr_${ulid(now.getTime()).toLowerCase()}`
    await insertCaller(database, { ...grants, id, keyHash: hashApiKey(apiKey), createdAt: now })
    return apiKey
  } finally {
    await database.close()
  }
}

function optionsOf(args: readonly string[]): { readonly name: string; readonly another: boolean } {
  try {
    const options = { name: { type: 'string' }, another: { type: 'boolean' } } as const
    const { name, another = false } = parseArgs({ args: [...args], options }).values
    if (name !== undefined) return { name, another }
  } catch {
    // An option that there is not: told like one that is missing.
  }
  throw new LocalFailure('Usage: carillon create-admin --name NAME [--another]')
}
