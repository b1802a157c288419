import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { ConfigError, parseConfig } from './config.ts'
import { LocalFailure } from './local/failure.ts'
import { log } from './log.ts'
import type { Running } from './roles.ts'
import { migrate } from './store/migrate.ts'

/** `carillon all | gateway | fan-out | dispatch | relay | feedback | bulk | migrate [--tier T] [--channel C]` */
async function main(): Promise<void> {
  const [command = 'all', ...args] = process.argv.slice(2)
  if (command === 'migrate') {
    const applied = await migrate(parseConfig(process.env).databaseUrl)
    console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'up to date')
    return
  }
  const stopping = stopSignal()
  const running = await start(command, args)
  await stopping
  await stop(running)
}

/** Loads what it runs only now: `all` starts its servers before it loads the rest, and what is compiled is kept. */
async function start(command: string, args: readonly string[]): Promise<Running> {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'))
  if (command === 'all') return (await import('./all.ts')).runAll(process.env)
  const { isRole, roles, startRole } = await import('./roles.ts')
  if (!isRole(command)) throw new ConfigError([`"${command}" is no role: all, ${roles.join(', ')}, migrate`])
  return startRole(command, args, process.env)
}

/** Resolves at SIGINT, at SIGTERM, and when the process that started us is gone, however it ended. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
    if (process.env['CARILLON_PARENT'] !== 'stdin') return
    process.stdin.once('end', resolve).once('close', resolve).once('error', resolve).resume()
  })
}

/** Nothing may hold the process up for longer than this. */
const stopLimitMs = 10_000

async function stop(running: Running): Promise<void> {
  setTimeout(() => {
    log.error('did not stop in time; ending all the same')
    process.exit(1)
  }, stopLimitMs).unref()
  await running.stop()
  process.exit(0)
}

main().catch((error: unknown) => {
  // What a person can mend is told in a sentence; the rest is a bug of ours.
  console.error(error instanceof ConfigError || error instanceof LocalFailure ? error.message : error)
  process.exit(1)
})
