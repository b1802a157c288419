import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import type { Tier } from '../src/domain/words.ts'
import { hashApiKey, insertCaller, newApiKey } from '../src/store/callers.ts'
import type { Database } from '../src/store/database.ts'

/** The key of a new caller whom no rate limit stops. */
export async function aCaller(database: Database, tier: Tier): Promise<string> {
  const apiKey = newApiKey(randomBytes(32))
  await insertCaller(database, {
    id: `clr_${ulid().toLowerCase()}`,
    name: 'bench',
    tiers: [tier],
    perMinute: 1_000_000_000,
    bulk: false,
    admin: false,
    campaignPerSecond: null,
    keyHash: hashApiKey(apiKey),
    createdAt: new Date(),
  })
  return apiKey
}
