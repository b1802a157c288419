import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './prepare-npm.mjs'

/** The version of the modern Node in node_modules; undefined when it is not there or does not run. */
export function runtimeVersion(root) {
  const asked = spawnSync(join(root, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' })
  const version = asked.status === 0 ? asked.stdout.trim().slice(1) : undefined
  return version === wanted(root) ? version : undefined
}

/**
 * Does what the install script of the npm package `node` does, which npm does not run everywhere: fetches the package
 * with the binary for this platform, and puts the binary in its place.
 */
export async function installRuntime(root, say) {
  const version = wanted(root)
  const name = binaryPackage()
  say(`fetching Node ${version}, which runs Carillon (this machine's is ${process.versions.node})`)
  const folder = join(root, 'node_modules/.carillon-runtime')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  try {
    await npm(root, ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@${version}`], say)
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true })
    renameSync(join(folder, 'node_modules', name, 'bin/node'), join(root, 'node_modules/node/bin/node'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  chmodSync(join(root, 'node_modules/node/bin/node'), 0o755)
  const link = join(root, 'node_modules/.bin/node')
  if (!existsSync(link)) {
    rmSync(link, { force: true })
    symlinkSync('../node/bin/node', link)
  }
  if (runtimeVersion(root) === undefined) {
    throw new Error(
      `Node ${version} from the npm package ${name} does not run on this machine (${process.platform} ${process.arch}).`,
    )
  }
  return version
}

function wanted(root) {
  return JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')).version
}

function binaryPackage() {
  const { platform, arch } = process
  return `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`
}
