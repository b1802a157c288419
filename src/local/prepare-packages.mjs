import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './prepare-npm.mjs'

export function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/** Whether node_modules holds what package-lock.json says, by the list that npm leaves there when it has finished. */
export function isInstalled(root) {
  try {
    const has = packages(join(root, 'node_modules/.package-lock.json'))
    const wants = Object.entries(packages(join(root, 'package-lock.json'))).filter(([path]) => path !== '')
    return wants.every(([path, { version, optional, devOptional, os, cpu }]) => {
      const elsewhere = optional || devOptional || os !== undefined || cpu !== undefined
      return has[path] === undefined
        ? elsewhere === true
        : has[path].version === version && existsSync(join(root, path))
    })
  } catch {
    return false
  }
}

export async function installPackages(root, say) {
  const began = Date.now()
  say('installing packages with npm ci: half a minute to a few minutes the first time')
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const telling = setInterval(() => say(`still installing packages: ${count(root)} so far, ${seconds()} s`), 5_000)
  try {
    const all = ['--include=dev', '--include=optional', '--include=peer']
    const done = await npm(root, ['ci', ...all], say, lacksOnlyOptional)
    if (!done) await npm(root, ['install', '--no-save', ...all], say)
  } finally {
    clearInterval(telling)
  }
  say(`installed ${count(root)} packages in ${seconds()} s`)
}

/**
 * Whether `npm ci` objects to nothing but optional packages, which it names without a version: other platforms' builds
 * that the registry did not have when the lock file was written. `npm install` takes such a lock file as it is.
 */
function lacksOnlyOptional(output) {
  const objections = output.match(/(Missing|Invalid): .*/g) ?? []
  return objections.length > 0 && objections.every((line) => /^Missing: \S+@ from lock file/.test(line))
}

function packages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

function count(root) {
  const folder = join(root, 'node_modules')
  // npm makes all folders at once and fills them one by one.
  const filled = (at) => (existsSync(join(at, 'package.json')) ? 1 : 0)
  const names = (at) => (existsSync(at) ? readdirSync(at).filter((name) => !name.startsWith('.')) : [])
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
  const inScope = (scope) => sum(names(scope).map((name) => filled(join(scope, name))))
  return sum(names(folder).map((name) => (name.startsWith('@') ? inScope : filled)(join(folder, name))))
}
