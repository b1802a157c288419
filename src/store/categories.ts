import type { Database } from './database.ts'

/** Those of the categories that a template has, as it is now. */
export async function knownCategories({ pool }: Database, categories: readonly string[]): Promise<ReadonlySet<string>> {
  if (categories.length === 0) return new Set()
  const { rows } = await pool.query<{ category: string }>({
    name: 'known-categories',
    text: known,
    values: [categories],
  })
  return new Set(rows.map(({ category }) => category))
}

const known = `
  SELECT DISTINCT v.category FROM template t JOIN template_version v USING (name, version)
  WHERE v.category = ANY($1)`
