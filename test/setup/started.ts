import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type CarillonAddress, startCarillon } from './carillon.ts'

declare module 'vitest' {
  interface ProvidedContext {
    carillon: CarillonAddress
  }
}

/** Where the other project of this run has put its address, so that both have the same Carillon. */
const shared = 'CARILLON_TEST_ADDRESS'

/** One Carillon for all end-to-end tests, and those of clients, that leave it as they find it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env[shared]
  if (running) {
    project.provide('carillon', JSON.parse(running))
    return async () => {}
  }
  const folder = mkdtempSync(join(tmpdir(), 'carillon-e2e-'))
  // The user that PostgreSQL runs as has to get through to its own folder.
  chmodSync(folder, 0o711)
  process.env['CARILLON_TEST_FOLDER'] = folder
  // Providers give up sooner than they would in production, so that tests of a provider that hangs end sooner.
  // Who broadcasts does not depend on how fast this machine is.
  const { dataDir, pid, demo, readyMs, signal, ended } = await startCarillon({
    env: { PROVIDER_TIMEOUT_MS: '1500', FAN_OUT_THRESHOLD: '10000' },
  })
  console.log(`Carillon for the end-to-end tests: ready in ${(readyMs / 1000).toFixed(1)} s`)
  const address: CarillonAddress = { dataDir, pid, demo }
  project.provide('carillon', address)
  process.env[shared] = JSON.stringify(address)
  return async () => {
    delete process.env[shared]
    signal('SIGTERM')
    const code = await ended
    rmSync(folder, { recursive: true, force: true })
    if (code !== 0) throw new Error(`Carillon ended with ${code} after the end-to-end tests.`)
  }
}
