import type { Whole } from '../whole.ts'

/** Each has an Android phone, so that a push is one call to FCM. */
export const codeUsers = Array.from({ length: 20 }, (_, n) => `code-${n}`)
export const region = 'bench'

/**
 * So many readers, `reader-0000000` and on, and those who get codes. Past the API, which would take as long as the benchmark:
 * what it would have written stands in the tables, versions of devices included.
 */
export async function invitePeople({ database: { pool } }: Whole, readers: number): Promise<void> {
  await pool.query('ALTER TABLE device DISABLE TRIGGER device_version')
  await pool.query(
    `WITH person AS (
        INSERT INTO users (user_id, region, devices_version)
        SELECT 'reader-' || lpad(n::text, 7, '0'), $2, 1 FROM generate_series(0, $1 - 1) AS n
        UNION ALL SELECT user_id, NULL, 1 FROM unnest($3::text[]) AS c (user_id)
        RETURNING user_id)
      INSERT INTO device (user_id, device_id, platform, token, app, environment)
      SELECT user_id, 'android', 'ANDROID', 'bench:APA91b' || md5(user_id) || md5(user_id || '.'), 'app.carillon.demo',
        'PRODUCTION' FROM person`,
    [readers, region, codeUsers],
  )
  await pool.query('ALTER TABLE device ENABLE TRIGGER device_version')
  await pool.query('ANALYZE users, device')
}

export const templates = { TRANSACTIONAL: 'bench.code', SOCIAL: 'bench.like', MARKETING: 'bench.news' } as const

export async function makeTemplates({ ask }: Whole): Promise<void> {
  const query = 'mutation ($input: UpsertTemplateInput!) { upsertTemplate(input: $input) { __typename } }'
  for (const [tier, name] of Object.entries(templates)) {
    const contents = [{ push: { title: 'Hello', body: 'Number {{ n }}' } }]
    await ask('adminApiKey', query, { input: { name, tier, category: name, contents } })
  }
}
