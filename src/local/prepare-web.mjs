import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of everything that the inbox for web pages is made from; empty where there is none of it. */
export function webHash(root) {
  const hash = createHash('sha256')
  const folders = ['web', 'web/client', 'web/client/generated', 'web/inbox'].filter((each) => existsSync(join(root, each)))
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder)).filter((each) => /(?<!\.test)\.ts$/.test(each)).sort()) {
      hash.update(`${folder}/${name}\n`).update(readFileSync(join(root, folder, name)))
    }
  }
  return folders.length === 0 ? '' : hash.digest('hex')
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
