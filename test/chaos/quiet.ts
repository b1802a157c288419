import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../../src/store/database.ts'

interface OpenWork {
  /** Notifications that are not done, and slices that are open. */
  readonly notifications: number
  readonly slices: number
}

/** undefined: the database does not answer just now. */
async function readOpenWork({ pool }: Database): Promise<OpenWork | undefined> {
  const { rows } = await pool
    .query<OpenWork>(
      `SELECT (SELECT count(*)::int FROM notification WHERE state NOT IN ('DONE', 'CANCELLED')) AS notifications,
        (SELECT count(*)::int FROM slice WHERE open) AS slices`,
    )
    .catch(() => ({ rows: [] }))
  return rows[0]
}

export interface QuietOptions {
  readonly limitMs: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** Waits until nothing is open, and tells how long that took: undefined, it took too long. */
export async function untilQuiet(
  database: Database,
  { limitMs, signal, say }: QuietOptions,
): Promise<number | undefined> {
  const begun = performance.now()
  let toldAt = begun
  while (!signal.aborted) {
    const open = await readOpenWork(database)
    const now = performance.now()
    if (open?.notifications === 0 && open.slices === 0) return now - begun
    if (now - begun > limitMs) return undefined
    if (now - toldAt > 5_000) {
      const what = open ? `${open.notifications} notifications, ${open.slices} slices` : 'PostgreSQL does not answer'
      say(`waiting until nothing is open (${Math.round((now - begun) / 1000)} s): ${what}`)
      toldAt = now
    }
    await pause(300)
  }
  return undefined
}
