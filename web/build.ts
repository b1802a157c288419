import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'

/*
 * `npm run build:web`: what the packages in web/ publish. The client as modules, for whoever bundles it with an
 * application; the inbox as one file, for whoever only has a script tag.
 */

for (const name of ['client', 'inbox']) {
  rmSync(`web/${name}/dist`, { recursive: true, force: true })
  const made = spawnSync('node_modules/.bin/tsc', ['-p', `web/tsconfig.${name}.json`], { stdio: 'inherit' })
  if (made.status !== 0) throw new Error(`The types of web/${name} could not be made: the output is above.`)
  copyFileSync('LICENSE', `web/${name}/dist/LICENSE`)
}
await import('./bundle.ts')
