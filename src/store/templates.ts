import type pg from 'pg'
import { isStorableText } from '../domain/json-value.ts'
import type { TemplateVersion } from '../domain/template.ts'
import { channels } from '../domain/words.ts'
import { type Database, inTransaction } from './database.ts'
import { Lru } from './lru.ts'

/** A template as it is now. */
export interface Template extends TemplateVersion {
  readonly updatedAt: Date
}

export type NewTemplate = Omit<TemplateVersion, 'version' | 'channels'>

/** Never from a cache: the answer to an upsert must hold for whoever asks next. */
export async function findTemplate({ pool }: Database, name: string): Promise<Template | undefined> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(name)) return undefined
  const { rows } = await pool.query<Template>({
    name: 'template',
    text: `${current} WHERE t.name = $1`,
    values: [name],
  })
  return rows[0]
}

/** By name, those behind `after`. One more than `limit` tells whether there are more. */
export async function listTemplates({ pool }: Database, after: string | undefined, limit: number): Promise<Template[]> {
  const { rows } = await pool.query<Template>(
    `${current} WHERE $1::text IS NULL OR t.name > $1 ORDER BY t.name LIMIT $2`,
    [after ?? null, limit],
  )
  return rows
}

/** One version, from memory once it has been read: versions never change. */
export async function templateVersion(
  { pool }: Pick<Database, 'pool'>,
  name: string,
  version: number,
): Promise<TemplateVersion | undefined> {
  const cache = versions.get(pool) ?? new Lru<string, TemplateVersion>(1_000)
  versions.set(pool, cache)
  const key = `${name} ${version}`
  const known = cache.get(key)
  if (known) return known
  const { rows } = await pool.query<TemplateVersion>({
    name: 'template-version',
    text: `SELECT ${columns} FROM template_version v WHERE v.name = $1 AND v.version = $2`,
    values: [name, version],
  })
  if (rows[0]) cache.set(key, rows[0])
  return rows[0]
}

/** Makes the next version where anything has changed; otherwise writes nothing. Two at once take turns. */
export function upsertTemplate({ pool }: Database, template: NewTemplate, now: Date): Promise<Template> {
  return inTransaction(pool, async (client) => {
    await client.query('INSERT INTO template (name, version) VALUES ($1, 0) ON CONFLICT DO NOTHING', [template.name])
    await client.query('SELECT FROM template WHERE name = $1 FOR UPDATE', [template.name])
    await client.query({ text: insertIfChanged, values: [...valuesOf(template), now] })
    const { rows } = await client.query<Template>(`${current} WHERE t.name = $1`, [template.name])
    if (rows[0] === undefined) throw new Error(`Template ${template.name} has no version.`)
    return rows[0]
  })
}

const versions = new WeakMap<pg.Pool, Lru<string, TemplateVersion>>()

const columns = `v.name, v.version, v.tier, v.category, v.read_cancels_others AS "readCancelsOthers",
  v.inbox_fallback AS "inboxFallback", v.sensitive, v.channels, v.data_schema AS "dataSchema", v.contents`

const current = `SELECT ${columns}, t.updated_at AS "updatedAt"
  FROM template t JOIN template_version v ON v.name = t.name AND v.version = t.version`

const insertIfChanged = `
  WITH next AS (
    INSERT INTO template_version
      (name, version, tier, category, read_cancels_others, inbox_fallback, sensitive, channels, data_schema, contents, created_at)
    SELECT t.name, t.version + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
    FROM template t WHERE t.name = $1 AND NOT EXISTS (
      SELECT FROM template_version v
      WHERE v.name = t.name AND v.version = t.version
        AND (v.tier, v.category, v.read_cancels_others, v.inbox_fallback, v.sensitive, v.data_schema, v.contents)
            IS NOT DISTINCT FROM ($2::text, $3::text, $4::boolean, $5::boolean, $6::boolean, $8::jsonb, $9::jsonb)
    )
    RETURNING name, version
  )
  UPDATE template t SET version = next.version, updated_at = $10 FROM next WHERE t.name = next.name`

function valuesOf(template: NewTemplate): unknown[] {
  return [
    template.name,
    template.tier,
    template.category,
    template.readCancelsOthers,
    template.inboxFallback,
    template.sensitive,
    channelsOf(template),
    template.dataSchema === null || template.dataSchema === undefined ? null : JSON.stringify(template.dataSchema),
    JSON.stringify(template.contents),
  ]
}

/** The channels that any language has. */
function channelsOf({ contents, sensitive }: NewTemplate): string[] {
  const part = { IN_APP: 'inApp', PUSH: 'push', EMAIL: 'email', SMS: 'sms' } as const
  return channels.filter(
    (channel) => contents.some((content) => content[part[channel]]) && !(sensitive && channel === 'IN_APP'),
  )
}
