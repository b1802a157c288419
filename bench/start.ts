import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../src/local/free-port.ts'
import { runCarillon } from './carillon.ts'
import { median, rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'

/** When a start got how far, in seconds since `npm start` was typed. */
interface Milestones {
  /** npm has looked at package.json, everything is found to be in place, and our first line is out. */
  readonly begun: number
  readonly serversUp: number
  /** GraphQL is answered, all lanes run, demo.json is written: the page of addresses is out. */
  readonly ready: number
  readonly stopped: number
}

const firstStart = 'first start (fresh data folder, packages present)'
const secondStart = 'second start (same data folder)'

/** Time to ready of `npm start`. */
export async function start({ quick, say }: SuiteOptions): Promise<Report> {
  say('starting and stopping Carillon, again and again')
  let dataDir = ''
  const measure = async (which: string) => {
    if (which === firstStart) {
      if (dataDir !== '') await rm(dataDir, { recursive: true, force: true })
      dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
    }
    return milestones(dataDir)
  }
  const results = await inTurn([firstStart, secondStart], quick ? 1 : 5, measure, 3)
  await rm(dataDir, { recursive: true, force: true })
  const imports = [0, 1, 2].map(() => importSeconds('src/serve-all.ts'))
  return {
    tables: [
      {
        title: 'npm start, seconds since it was typed; medians',
        rows: [...results].map(([which, each]) => rowOf(which, each)),
      },
      {
        title: 'of which',
        rows: [
          { step: 'loading all code of the first process, without the compile cache', s: rounded(median(imports), 2) },
        ],
      },
    ],
    notes: [
      'A first start makes and migrates a database, keys and certificates; nothing is downloaded: the servers are in the cache.',
      '"ready" is the page of addresses at the end: by then /readyz answers 200.',
    ],
  }
}

async function milestones(dataDir: string): Promise<Milestones> {
  const carillon = runCarillon(['npm', 'start', '--silent'], {
    CARILLON_DATA_DIR: dataDir,
    ...Object.fromEntries(['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'SANDBOX_URL'].map((name) => [name, undefined])),
    PORT: String(await freePort()),
  })
  const ready = await carillon.line(/Carillon is ready/)
  const servers = carillon.lines.filter(({ text }) => / ready in /.test(text)).map(({ atS }) => atS)
  const stopping = performance.now()
  await carillon.stop()
  const stopped = (performance.now() - stopping) / 1000
  return { begun: carillon.lines[0]?.atS ?? Number.NaN, serversUp: Math.max(...servers), ready, stopped }
}

function rowOf(which: string, measured: readonly Measured<Milestones>[]): Row {
  const of = (milestone: keyof Milestones) => rounded(median(measured.map(({ value }) => value[milestone])), 2)
  const ready = measured.map(({ value }) => value.ready)
  return {
    '': which,
    'first line': of('begun'),
    'servers up': of('serversUp'),
    ready: of('ready'),
    'least to most': `${Math.min(...ready).toFixed(2)} to ${Math.max(...ready).toFixed(2)}`,
    'then: to stop': of('stopped'),
    runs: measured.length,
    'foreign cores': worstForeign(measured),
  }
}

function importSeconds(file: string): number {
  const url = new URL(`../${file}`, import.meta.url).href
  const script = `const t = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - t); process.exit(0)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })) / 1000
}
