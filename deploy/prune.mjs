import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Takes out of node_modules what no role loads, for the image: packages that nothing in src/ imports (the sandbox and what
 * `npm start` needs on a laptop aside), and of the others types, maps and the query compilers of other databases. Run in the
 * folder of the image.
 */

const imported = new Set(
  globSync('src/**/*.ts')
    .filter((file) => !/^src\/(sandbox|local)\/|\.test\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|require\(|resolve\()\s*['"]([^'"./][^'"]*)['"]/g),
    ])
    .map(([, specifier]) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)[1])
    .filter((name) => !name.startsWith('node:')),
)

const root = process.cwd()

/** Where Node finds a package for whoever is in a folder. */
function find(name, from) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules'))) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(found)) return found
    if (folder === root) return undefined
  }
}

const kept = new Set()

function keep(name, from) {
  const folder = find(name, from)
  if (folder === undefined || kept.has(folder)) return
  kept.add(folder)
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional)
  for (const each of [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]) keep(each, folder)
}

for (const name of imported) keep(name, root)

function packages(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(join(folder, name)).map((each) => join(folder, name, each))
      : [join(folder, name)],
  )
}

function prune(folder) {
  for (const each of packages(folder)) {
    if (kept.has(each)) prune(join(each, 'node_modules'))
    else rmSync(each, { recursive: true, force: true })
  }
}

prune(join(root, 'node_modules'))
const needless = [
  'node_modules/**/*.{map,d.ts,d.mts,d.cts}',
  'node_modules/@prisma/client/runtime/query_compiler_*.{cockroachdb,mysql,sqlite,sqlserver}.*',
]
for (const file of globSync(needless)) rmSync(file, { recursive: true, force: true })
