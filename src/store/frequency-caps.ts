import type { Pool } from 'pg'
import { defaultFrequencyCaps, type FrequencyCap } from '../domain/frequency-cap.ts'

export async function readFrequencyCaps(pool: Pool): Promise<readonly FrequencyCap[]> {
  const { rows } = await pool.query<{ caps: readonly FrequencyCap[] }>({
    name: 'frequency-caps',
    text: 'SELECT caps FROM frequency_caps',
  })
  return rows[0]?.caps ?? defaultFrequencyCaps
}

export async function replaceFrequencyCaps(pool: Pool, caps: readonly FrequencyCap[], at: Date): Promise<void> {
  await pool.query(
    `INSERT INTO frequency_caps (id, caps, updated_at) VALUES (1, $1, $2)
     ON CONFLICT (id) DO UPDATE SET caps = excluded.caps, updated_at = excluded.updated_at`,
    [JSON.stringify(caps), at],
  )
}
