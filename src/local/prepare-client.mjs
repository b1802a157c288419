import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of everything that the Prisma client is made from. */
export function schemaHash(root) {
  const hash = createHash('sha256')
  for (const file of ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json']) {
    if (!existsSync(join(root, file))) return ''
    hash.update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

export async function generateClient(root, say) {
  if (schemaHash(root) === '') return
  say('generating the database client')
  const node = join(root, 'node_modules/.bin/node')
  const made = spawnSync(node, ['node_modules/prisma/build/index.js', 'generate', '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    // Prisma would fetch a native engine that this command does not use, ask for updates and colour its output.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: node,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
  if (made.status === 0) return
  console.error(`${made.stdout}${made.stderr}`)
  throw new Error('prisma generate failed: its output is above.')
}
