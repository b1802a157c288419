import { enableCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { ConfigError, parseConfig } from './config.ts'
import { LocalFailure } from './local/failure.ts'
import { log } from './log.ts'
import { migrateWhenThere } from './migrate-when-there.ts'
import type { Running } from './running.ts'

/**
 * `carillon all | gateway | fan-out | dispatch | relay | feedback | bulk [--tier T] [--channel C]`, or one of
 * `migrate`, `doctor`, `copy-log --to ENGINE` and `create-admin --name N`, which end by themselves.
 */
async function main(): Promise<void> {
  const [command = 'all', ...args] = process.argv.slice(2)
  switch (command) {
    case 'migrate':
      return runMigrate()
    case 'create-admin':
      return runCreateAdmin(args)
    case 'copy-log':
      return (await import('./copy-log.ts')).runCopyLog(args, process.env, (line) => console.log(line))
    case 'doctor':
      return runDoctor()
    default:
      return serve(command, args)
  }
}

async function runMigrate(): Promise<void> {
  const say = (line: string) => console.log(line)
  const applied = await migrateWhenThere(parseConfig(process.env), { say, stopping: new AbortController().signal })
  say(applied.length > 0 ? `applied ${applied.join(', ')}` : 'up to date')
}

/** The key alone goes to standard output: it can be piped to where it is kept. */
async function runCreateAdmin(args: readonly string[]): Promise<void> {
  const { createAdmin } = await import('./create-admin.ts')
  const apiKey = await createAdmin(args, process.env)
  console.error('The API key of the new admin. It is shown this once: only its hash is stored.')
  console.log(apiKey)
}

/** Looks at the Carillon of the environment, or, where that names no database, at the one that `npm start` runs here. */
async function runDoctor(): Promise<void> {
  const [{ examine }, { reportLines }, { startedEnvironment }] = await Promise.all([
    import('./doctor.ts'),
    import('./doctor-report.ts'),
    import('./local/started-environment.ts'),
  ])
  const dataDir = resolve(process.env['CARILLON_DATA_DIR'] || '.carillon')
  const started = process.env['DATABASE_URL'] ? undefined : await startedEnvironment(dataDir, process.env)
  if (started !== undefined) console.log(`Looking at what "npm start" runs on ${dataDir}.\n`)
  const diagnoses = await examine(started ?? process.env)
  console.log(reportLines(diagnoses).join('\n'))
  process.exit(diagnoses.some(({ state }) => state === 'problem') ? 1 : 0)
}

async function serve(command: string, args: readonly string[]): Promise<void> {
  const stopping = stopSignal()
  const asked = new Promise<void>((resolve) => {
    stopping.addEventListener('abort', () => resolve(), { once: true })
  })
  const running = await start(command, args, stopping).catch((error: unknown) => {
    if (!stopping.aborted) throw error
  })
  if (running !== undefined) {
    await Promise.race([asked, running.started.then(() => asked)])
    await stop(running)
  }
  process.exit(0)
}

/** Loads what it runs only now: `all` starts its servers before it loads the rest, and what is compiled is kept. */
async function start(command: string, args: readonly string[], stopping: AbortSignal): Promise<Running> {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'))
  if (command === 'all') return (await import('./all.ts')).runAll(process.env, stopping)
  const { isRole, roles, startRole } = await import('./roles.ts')
  if (!isRole(command))
    throw new ConfigError([
      `"${command}" is no role: all, ${roles.join(', ')}, migrate, doctor, copy-log, create-admin`,
    ])
  return startRole(command, args, process.env)
}

/** Aborts at SIGINT, at SIGTERM, and when the process that started us is gone, however it ended. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  if (process.env['CARILLON_PARENT'] === 'stdin') {
    process.stdin.once('end', stop).once('close', stop).once('error', stop).resume()
  }
  return stopping.signal
}

/** Nothing may hold the process up for longer than that. */
async function stop(running: Running): Promise<void> {
  setTimeout(() => {
    log.error('did not stop in time; ending all the same')
    process.exit(1)
  }, running.stopLimitMs).unref()
  await running.stop()
}

main().catch((error: unknown) => {
  // What a person can mend is told in a sentence; the rest is a bug of ours.
  console.error(error instanceof ConfigError || error instanceof LocalFailure ? error.message : error)
  process.exit(1)
})
