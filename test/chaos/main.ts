import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReport } from '../../bench/report.ts'
import { playCampaign } from './campaign.ts'
import { withDisk } from './disk.ts'
import { report } from './figures.ts'
import { argsOf, type Options, parseOptions, planOf, replay, UsageError } from './options.ts'
import { told } from './plan.ts'
import { run } from './run.ts'

/*
 * `npm run chaos -- [scenario] [options]`: plays a scenario, prints the figures, and fails when a limit was broken.
 * `npm run chaos -- campaign [--people N] [--seed N]`: the same of a campaign whose workers are killed.
 *
 * Where the plan fills the disk, the process that plays it is a second one, which has a disk of its own at its data
 * folder.
 */

/** In the environment of that second process: the folder that the first one has made. */
const folderVariable = 'CARILLON_CHAOS_FOLDER'

const begun = performance.now()
const say = (line: string) => {
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s | ${line}`)
}

async function main(): Promise<number> {
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'campaign') return campaign(parseOptions(['steady', '--people', '200000', ...rest]))
  const options = parseOptions(process.argv.slice(2))
  const stopping = stopSignal()
  const given = process.env[folderVariable]
  if (given !== undefined) return play(options, { folder: given, hasDisk: true, signal: stopping })
  const folder = aFolder()
  const plan = planOf(options)
  console.log(`${replay(options)}\n${plan.map(told).join('\n')}`)
  let code = 1
  try {
    const self = [process.execPath, import.meta.filename, ...argsOf(options)]
    const inside = plan.some(({ fault }) => fault === 'disk_full') ? withDisk(join(folder, 'data'), self) : undefined
    code = await (inside
      ? relaunch(inside, folder, stopping)
      : play(options, { folder, hasDisk: false, signal: stopping }))
  } finally {
    rmSync(join(folder, 'data'), { recursive: true, force: true })
    if (code === 0 || stopping.aborted) rmSync(folder, { recursive: true, force: true })
    else console.log(`What it takes to find out why is in ${folder}`)
  }
  return code
}

async function campaign({ seed, people: recipients, results }: Options): Promise<number> {
  const folder = aFolder()
  try {
    const { report, broken } = await playCampaign({ folder, seed, recipients, say, signal: stopSignal() })
    await writeReport('chaos-campaign', report, results)
    if (broken.length === 0) rmSync(folder, { recursive: true, force: true })
    else console.log(`What it takes to find out why is in ${folder}`)
    return broken.length === 0 ? 0 : 1
  } finally {
    rmSync(join(folder, 'data'), { recursive: true, force: true })
  }
}

interface Place {
  readonly folder: string
  readonly hasDisk: boolean
  readonly signal: AbortSignal
}

async function play(options: Options, { folder, hasDisk, signal }: Place): Promise<number> {
  try {
    const figures = await run({ options, folder, hasDisk, say, signal })
    await writeReport(
      `${options.isClustered ? 'cluster' : 'chaos'}-${options.scenario}`,
      report(figures),
      options.results,
    )
    return figures.broken.length === 0 ? 0 : 1
  } catch (error) {
    if (!signal.aborted) throw error
    console.log('stopped before its end')
    return 130
  }
}

/** Runs a command to its end; it ends with us. */
async function relaunch(
  [program = '', ...args]: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const env = { ...process.env, [folderVariable]: folder, CARILLON_PARENT: 'stdin' }
  const child = spawn(program, args, { env, stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin.on('error', () => undefined)
  signal.addEventListener('abort', () => child.stdin.end())
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1))
  })
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-chaos-'))
  // The user that PostgreSQL runs as has to get through to its own folder.
  chmodSync(folder, 0o711)
  mkdirSync(join(folder, 'data'), { mode: 0o711 })
  return folder
}

/** Aborted at Ctrl-C, at SIGTERM, and when the process that started us is gone. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  if (process.env['CARILLON_PARENT'] === 'stdin') process.stdin.once('end', stop).once('close', stop).resume()
  return stopping.signal
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error)
    process.exit(1)
  },
)
