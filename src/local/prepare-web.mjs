import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folders = ['web', 'web/client', 'web/client/generated', 'web/inbox']

/** Of everything that the inbox for web pages is made from; empty where there is none of it. */
export function webHash(root) {
  const names = folders.flatMap((folder) => sourcesIn(root, folder))
  const hash = createHash('sha256')
  for (const name of names) hash.update(`${name}\n`).update(readFileSync(join(root, name)))
  return names.length === 0 ? '' : hash.digest('hex')
}

function sourcesIn(root, folder) {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return names.sort().map((name) => `${folder}/${name}`)
}

export function isBundled(root) {
  return existsSync(join(root, 'web/inbox/dist/carillon-inbox.js'))
}

export function bundleWeb(root, say) {
  if (webHash(root) === '') return
  say('building the inbox for web pages')
  const made = spawnSync(join(root, 'node_modules/.bin/node'), ['web/bundle.ts'], { cwd: root, encoding: 'utf8' })
  if (made.status === 0) return
  console.error(`${made.stdout}${made.stderr}`)
  throw new Error('The inbox for web pages could not be built: the output is above.')
}
