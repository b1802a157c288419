import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { address } from './setup/address.ts'

/*
 * prisma/migrations makes the tables, prisma/schema.prisma types them for Prisma. What only PostgreSQL knows (partial
 * indexes, storage parameters) is in the migrations alone.
 */

interface Table {
  readonly columns: readonly string[]
  readonly indexes: readonly string[]
}

const client = new pg.Client({ connectionString: address('DATABASE_URL') })
beforeAll(() => client.connect())
afterAll(() => client.end())

describe('prisma/migrations and prisma/schema.prisma', () => {
  test('have the same tables, columns, keys and indexes', async () => {
    expect(await tablesOfDatabase()).toEqual(tablesOfSchema())
  })
})

function tablesOfSchema(): Record<string, Table> {
  const text = readFileSync(join(import.meta.dirname, '../prisma/schema.prisma'), 'utf8')
  const models = [...text.matchAll(/^model (\w+) \{\n(.*?)\n\}/gms)].map(([, name = '', body = '']) =>
    tableOf(name, body),
  )
  return Object.fromEntries(models)
}

function tableOf(model: string, body: string): [string, Table] {
  const lines = body
    .split('\n')
    .map((line) => line.replace(/\/\/.*/, '').trim())
    .filter((line) => line !== '')
  const name = mapped(lines.find((line) => line.startsWith('@@map'))) ?? model
  const fields = lines.filter((line) => !line.startsWith('@@'))
  const columns = new Map(fields.map((line) => [/^\w+/.exec(line)?.[0] ?? '', columnOf(line)]))
  const single = fields.flatMap((line) => {
    const [field = ''] = line.split(/\s/)
    return ['@id', '@unique']
      .filter((word) => line.includes(word))
      .map((word) => `@${word}([${field}], ${argumentsOf(line, word)})`)
  })
  const indexes = [...lines.filter((line) => /^@@(id|unique|index)/.test(line)), ...single]
  return [
    name,
    {
      columns: [...columns.values()].map(({ text }) => text).toSorted(),
      indexes: indexes.map((line) => indexOf(name, line, (field) => columns.get(field)?.name ?? field)).toSorted(),
    },
  ]
}

const types: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Float: 'double precision',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
}

function columnOf(line: string): { readonly name: string; readonly text: string } {
  const [, field = '', type = '', mark = ''] = /^(\w+)\s+(\w+)(\?|\[\])?/.exec(line) ?? []
  const name = mapped(line) ?? field
  const [, native, precision] = /@db\.(\w+)(\(\d+\))?/.exec(line) ?? []
  const known =
    native === 'Timestamptz' ? `timestamp${precision ?? ''} with time zone` : (native?.toLowerCase() ?? types[type])
  if (known === undefined) throw new Error(`schema.prisma has a type this test does not know: ${line}`)
  const isDefaulted = /@default\((?!autoincrement)/.test(line)
  return { name, text: columnText(name, mark === '[]' ? `${known}[]` : known, mark !== '?', isDefaulted) }
}

function columnText(name: string, type: string, isRequired: boolean, isDefaulted: boolean): string {
  return [name, type, ...(isRequired ? ['not null'] : []), ...(isDefaulted ? ['default'] : [])].join(' ')
}

function indexOf(table: string, line: string, columnName: (field: string) => string): string {
  const [, kind = '', fields = ''] = /^@@(\w+)\(\[(.*?)\]/.exec(line) ?? []
  const columns = [...fields.matchAll(/(\w+)(\(\w+: \w+\))?(?:,|$)/g)].map(
    ([, field = '', option]) => `${columnName(field)}${option === '(sort: Desc)' ? ' desc' : ''}`,
  )
  const usual = kind === 'id' ? `${table}_pkey` : `${table}_${columns.join('_')}_${kind === 'unique' ? 'key' : 'idx'}`
  return indexText(/map: "(\w+)"/.exec(line)?.[1] ?? usual, kind === 'id' ? 'primary' : kind, columns)
}

function indexText(name: string, kind: string, columns: readonly string[]): string {
  return `${name}: ${kind} (${columns.join(', ')})`
}

function mapped(line: string | undefined): string | undefined {
  return /@map\("(\w+)"\)/.exec(line ?? '')?.[1]
}

function argumentsOf(line: string, word: string): string {
  return new RegExp(`${word}\\(([^)]*)\\)`).exec(line)?.[1] ?? ''
}

async function tablesOfDatabase(): Promise<Record<string, Table>> {
  const { rows: columns } = await client.query<{
    table: string
    name: string
    type: string
    required: boolean
    defaulted: boolean
  }>(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       a.atthasdef AS defaulted
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> '_prisma_migrations' AND a.attnum > 0 AND NOT a.attisdropped`,
  )
  const { rows: indexes } = await client.query<{ table: string; name: string; kind: string; columns: string[] }>(
    `SELECT c.relname AS table, x.relname AS name,
       CASE WHEN i.indisprimary THEN 'primary' WHEN i.indisunique THEN 'unique' ELSE 'index' END AS kind,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) || CASE WHEN i.indoption[k - 1] & 1 = 1 THEN ' desc' ELSE '' END
         FROM generate_series(1, i.indnkeyatts) k) AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname <> '_prisma_migrations'
       AND i.indpred IS NULL`,
  )
  const names = new Set(columns.map(({ table }) => table))
  return Object.fromEntries(
    [...names].map((table) => [
      table,
      {
        columns: columns
          .filter((each) => each.table === table)
          .map(({ name, type, required, defaulted }) => columnText(name, type, required, defaulted))
          .toSorted(),
        indexes: indexes
          .filter((each) => each.table === table)
          .map((index) => indexText(index.name, index.kind, index.columns))
          .toSorted(),
      },
    ]),
  )
}
