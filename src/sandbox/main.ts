import { join } from 'node:path'
import { seededRandom } from './faults.ts'
import { StartError } from './ports.ts'
import { reasonNotToStart } from './safety.ts'
import { readSecrets } from './secrets.ts'
import { type Sandbox, startSandbox } from './start.ts'

const dataDir = process.env['CARILLON_DATA_DIR'] || '.carillon'
const seed = process.env['SANDBOX_SEED']

function fail(reason: string): never {
  console.error(reason)
  process.exit(1)
}

function port(): number | undefined {
  const given = process.env['SANDBOX_PORT']
  if (!given) return undefined
  if (/^\d{1,5}$/.test(given) && Number(given) < 65_536) return Number(given)
  return fail(`SANDBOX_PORT must be a port number, and is "${given}".`)
}

/** Ends with its parent, also when that was killed: the pipe between them closes in any case. */
function endWithParent(end: () => void): void {
  if (process.connected) process.once('disconnect', end)
  if (process.env['CARILLON_PARENT'] !== 'stdin') return
  process.stdin.once('end', end).once('close', end).once('error', end).resume()
}

async function main(): Promise<void> {
  const reason = reasonNotToStart(process.env, readSecrets(join(dataDir, 'sandbox')))
  if (reason !== undefined) fail(reason)

  let sandbox: Sandbox | undefined
  let ending = false
  const end = async () => {
    ending = true
    await sandbox?.close()
    process.exit(0)
  }
  const endOnce = () => {
    if (!ending) void end()
  }
  process.once('SIGINT', endOnce).once('SIGTERM', endOnce)
  endWithParent(endOnce)

  sandbox = await startSandbox({
    port: port(),
    dataDir,
    gateway: process.env['CARILLON_GATEWAY'],
    random: seed ? seededRandom(Number(seed)) : undefined,
  })
  console.log(JSON.stringify({ sandbox: sandbox.url }))
}

main().catch((error: unknown) => {
  if (error instanceof StartError) fail(error.message)
  throw error
})
