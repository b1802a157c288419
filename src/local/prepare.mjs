// Runs before `npm start` and `npm test`, under whatever Node the machine has: everything that the modern Node in
// node_modules, which runs the rest, needs to be there. Does nothing but say so, in a few milliseconds, when it is.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareAlone } from './prepare-alone.mjs'
import { generateClient, schemaHash } from './prepare-client.mjs'
import { installPackages, isInstalled, lockHash } from './prepare-packages.mjs'
import { linkPostgres } from './prepare-postgres.mjs'
import { installRuntime, runtimeVersion } from './prepare-runtime.mjs'
import { bundleWeb, isBundled, webHash } from './prepare-web.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../../..')
const stampFile = join(root, 'node_modules/.carillon-prepared')

const say = (line) => console.log(`carillon: ${line}`)

try {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Error(`Carillon needs Node 20 or later to begin with; this is ${process.version}.`)
  }
  if (isPrepared()) say('everything is in place')
  else await prepareAlone(root, say, prepare)
} catch (error) {
  console.error(`\ncarillon: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function prepare() {
  if (isPrepared()) return
  const packages = lockHash(root)
  if (!isInstalled(root)) await installPackages(root, say)
  linkPostgres(root)
  const runtime = runtimeVersion(root) ?? (await installRuntime(root, say))
  const schema = schemaHash(root)
  if (readStamp().schema !== schema || !existsSync(generatedClient())) await generateClient(root, say)
  const web = webHash(root)
  if (readStamp().web !== web || !isBundled(root)) bundleWeb(root, say)
  writeFileSync(stampFile, JSON.stringify({ packages, runtime, schema, web }))
  say(`everything is in place (Node ${runtime})`)
}

function isPrepared() {
  const stamp = readStamp()
  return (
    stamp.packages === lockHash(root) &&
    stamp.schema === schemaHash(root) &&
    existsSync(join(root, 'node_modules/.bin/node')) &&
    (stamp.schema === '' || existsSync(generatedClient())) &&
    stamp.web === webHash(root) &&
    (stamp.web === '' || isBundled(root))
  )
}

function generatedClient() {
  return join(root, 'src/store/generated/client.ts')
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}
