import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codegen } from '@graphql-codegen/core'
import * as typedDocuments from '@graphql-codegen/typed-document-node'
import * as operationTypes from '@graphql-codegen/typescript-operations'
import { lexicographicSortSchema, parse, printSchema } from 'graphql'
import { type Plugin, typedQueries } from './codegen-queries.ts'
import { schema } from './src/schema/schema.ts'

/*
 * Writes what is generated from the schema, and committed: `npm run generate`. With --check it writes nothing, and
 * fails when something is not current.
 */

const printed = `${printSchema(lexicographicSortSchema(schema))}\n`
const files: Readonly<Record<string, string>> = {
  'schema.graphql': printed,
  'test/generated/operations.ts': await operations('test/operations', typedDocuments),
  'examples/generated/operations.ts': await operations('examples/operations', typedDocuments),
  'web/client/generated/operations.ts': await operations('web/client/operations', typedQueries),
}

const stale: string[] = []
for (const [path, text] of Object.entries(files)) {
  if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
  if (process.argv.includes('--check')) stale.push(path)
  else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    console.log(`${path}: written`)
  }
}
if (stale.length > 0) {
  console.error(`Not current: ${stale.join(', ')}. Run "npm run generate".`)
  process.exitCode = 1
}

/** The types of all operations in a folder, and what a plugin makes of each. */
async function operations(folder: string, documentsPlugin: Plugin): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort()
  const documents = await Promise.all(
    names.map(async (name) => {
      const location = `${folder}/${name}`
      return { location, document: parse(await readFile(location, 'utf8'), { noLocation: true }) }
    }),
  )
  const config = {
    useTypeImports: true,
    immutableTypes: true,
    enumType: 'string-literal',
    skipTypename: true,
    scalars: { DateTime: 'string', JSON: 'unknown', ID: 'string' },
  }
  return codegen({
    filename: 'operations.ts',
    schema: parse(printed),
    documents,
    config,
    plugins: [{ types: {} }, { documents: {} }],
    pluginMap: { types: operationTypes, documents: documentsPlugin },
  })
}
