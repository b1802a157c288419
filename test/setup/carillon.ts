import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../../src/local/free-port.ts'
import { until } from '../../src/local/until.ts'

const demoJson = z.object({
  gateway: z.string(),
  sandbox: z.string(),
  apiKey: z.string(),
  bulkApiKey: z.string(),
  adminApiKey: z.string(),
  viewerSecret: z.string(),
  viewers: z.array(z.object({ userId: z.string(), token: z.string(), timeZone: z.string() })),
})

/** What `demo.json` of a data folder says. */
export type Demo = Readonly<z.infer<typeof demoJson>>

/** A started service, as far as it can be told to another process. */
export interface CarillonAddress {
  readonly dataDir: string
  readonly pid: number
  readonly demo: Demo
}

export interface Carillon extends CarillonAddress {
  /** From the start of the process until `/readyz` said yes. */
  readonly readyMs: number
  /** With its exit code, or the signal it died of. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  signal(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A new folder for the data of one Carillon, in that of the whole run, which ends with it (./started.ts). */
export function aDataFolder(): string {
  return mkdtempSync(join(process.env['CARILLON_TEST_FOLDER'] ?? tmpdir(), 'carillon-e2e-'))
}

/** What `npm start` does once everything is installed: the whole service, as users start it, on free ports. */
export async function startCarillon({ dataDir = aDataFolder(), env = {} }: StartOptions = {}): Promise<Carillon> {
  const [port, sandboxPort] = [await freePort(), await freePort()]
  const began = performance.now()
  const process = runCarillon(['all'], {
    CARILLON_DATA_DIR: dataDir,
    PORT: `${port}`,
    SANDBOX_PORT: `${sandboxPort}`,
    ...env,
  })
  let isOver = false
  void process.ended.then(() => {
    isOver = true
  })
  const isReady = async () => isOver || (await answersYes(`http://127.0.0.1:${port}/readyz`))
  if (!(await until(isReady, 90_000)) || isOver) {
    process.signal('SIGKILL')
    throw new Error(`Carillon did not get ready:\n${process.output()}`)
  }
  const readyMs = performance.now() - began
  const demo = demoJson.parse(JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')))
  return { dataDir, demo, readyMs, pid: process.pid, ended: process.ended, signal: process.signal }
}

export interface CarillonProcess {
  readonly pid: number
  readonly ended: Promise<number | NodeJS.Signals | null>
  signal(signal: NodeJS.Signals): void
  output(): string
}

/** `node src/main.ts …` with nothing in its environment that other tests have put there. */
export function runCarillon(args: readonly string[], env: Readonly<Record<string, string>>): CarillonProcess {
  const file = outputFile(env['CARILLON_DATA_DIR'] ?? aDataFolder())
  const output = openSync(file, 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts'), ...args], {
    // However a test ends, what it has started ends with the process that runs it.
    // And tests say which provider is asked first: now and then it would be the second one.
    env: { ...cleanEnv(), CARILLON_PARENT: 'stdin', PROVIDER_WARM_SHARE: '0', ...ofTheLog, ...env },
    stdio: ['pipe', output, output],
  })
  closeSync(output)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (signal) => void child.kill(signal),
    output: () => readFileSync(file, 'utf8'),
  }
}

/** Everything that a Carillon with this data folder has printed, over all its starts. */
export function outputOf({ dataDir }: Pick<CarillonAddress, 'dataDir'>): string {
  return readFileSync(outputFile(dataDir), 'utf8')
}

function outputFile(dataDir: string): string {
  return `${dataDir}.log`
}

/** Where every Carillon of this run has its delivery log, as its environment says it. */
export const ofTheLog: { readonly CARILLON_DELIVERY_LOG?: 'cassandra' } =
  process.env['CARILLON_DELIVERY_LOG'] === 'cassandra' ? { CARILLON_DELIVERY_LOG: 'cassandra' } : {}

/** What it takes to run, and to fetch servers that are not here yet; nothing that configures Carillon. */
const passed = /^(PATH|HOME|USER|TMPDIR|LANG|TZ|PIP_\w+|SSL_CERT_\w+|https?_proxy|no_proxy|JAVA_HOME)$/i

function cleanEnv(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)))
}

export async function answersYes(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
