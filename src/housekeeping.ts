import type { Lanes } from './lanes.ts'
import type { Services } from './services.ts'
import { tidy } from './store/housekeeping.ts'
import { standFor } from './workers/duty.ts'

const everyMs = 600_000

/** Starts to keep the database tidy, in turn with whoever else does. */
export function startHousekeeping({ database, config }: Pick<Services, 'database' | 'config'>): Lanes {
  const { deviceInactiveDays, broadcastDays, retentionDays } = config
  return standFor(database, {
    name: 'housekeeping',
    everyMs,
    work: () => tidy(database.pool, { deviceInactiveDays, broadcastDays, retentionDays }, new Date()),
  })
}
