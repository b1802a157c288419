import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The executable; null: there is none, and what needs one does not run. */
    browser: string | null
  }
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Builds the inbox for web pages, and finds a browser for its tests; where that may be done it installs one. */
export default function setup(project: TestProject): void {
  const built = spawnSync(process.execPath, ['web/bundle.ts'], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`The inbox for web pages could not be built:\n${built.stdout}${built.stderr}`)
  const browser = found() ?? installed()
  project.provide('browser', browser ?? null)
  if (browser) return
  const advice = 'Install Chromium or Chrome, or name one in CARILLON_BROWSER.'
  if (process.env['CARILLON_DEMAND_BROWSER'])
    throw new Error(`There is no browser, and the tests demand one. ${advice}`)
  console.warn(`
  ┌──────────────────────────────────────────────────────────────────────────────┐
  │  THE TESTS IN A REAL BROWSER DO NOT RUN: there is no Chromium on this machine. │
  └──────────────────────────────────────────────────────────────────────────────┘
  ${advice}
`)
}

function found(): string | undefined {
  const named = process.env['CARILLON_BROWSER']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...(named ? [named] : []), ...paths, ...applications].find((path) => existsSync(path))
}

/** Debian's package, where we are root: as CI and containers are. */
function installed(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  console.log('Chromium: none on this machine, installing the package of the distribution (a minute or two)')
  const run = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  run('update')
  run('install', '-y', '--no-install-recommends', 'chromium')
  return found()
}
