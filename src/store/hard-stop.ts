import type { ConsentSource } from '../domain/consent.ts'
import { recordConsent } from './consent.ts'
import { type Database, inTransaction } from './database.ts'
import { lockUser } from './lock-user.ts'
import { readPreferences, type UserPreferences } from './preferences.ts'

export interface HardStop {
  readonly userId: string
  readonly active: boolean
  readonly reason: string
  readonly source: ConsentSource
  readonly at: Date
}

/** Sets or lifts it and records that; repeating it changes nothing. Nothing for a user who is not known, unless she says it herself. */
export function setHardStop({ pool }: Database, stop: HardStop): Promise<UserPreferences | undefined> {
  const { userId, active, reason, source, at } = stop
  return inTransaction(pool, async (client) => {
    if (!(await lockUser(client, userId, { make: source.credential === 'user_token', at }))) return undefined
    const { rowCount } = await client.query(
      'UPDATE users SET hard_stop = $2, updated_at = $3 WHERE user_id = $1 AND hard_stop <> $2',
      [userId, active, at],
    )
    const change = { subject: 'HARD_STOP', category: null, channel: null, was: !active, became: active } as const
    await recordConsent(client, { userId, changes: rowCount === 1 ? [change] : [], source, at, reason })
    return (await readPreferences(client, [userId])).get(userId)
  })
}
