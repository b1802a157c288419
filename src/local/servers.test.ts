import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { commandLine } from './command-line.ts'
import { type LocalServers, startServers } from './servers.ts'
import { talk } from './talk.ts'
import { until } from './until.ts'

const quiet = () => undefined
// The servers that the whole test run shares are not for these tests.
const alone = { ...process.env, DATABASE_URL: undefined, REDIS_URL: undefined, NATS_URL: undefined }

describe('with a data folder', { timeout: 60_000 }, () => {
  test('starts again with the same data at the same addresses in less than three seconds', async () => {
    const dataDir = aDataFolder()
    const first = await startServers({ dataDir, env: alone, say: quiet })
    expect(first.running.map(({ key }) => key)).toEqual(['postgres', 'redis', 'nats'])
    expect(await redis(first, 'SET greeting hello')).toContain('+OK')
    await first.stop()
    const cluster = systemIdentifier(dataDir)

    const begun = performance.now()
    const second = await started(dataDir)
    expect(performance.now() - begun).toBeLessThan(3_000)
    expect(second.env).toEqual(first.env)
    expect(systemIdentifier(dataDir)).toEqual(cluster)
    expect(await redis(second, 'GET greeting')).toContain('hello')
  })

  test('says who has a data folder that is in use', async () => {
    const dataDir = aDataFolder()
    await started(dataDir, named)
    await expect(startServers({ dataDir, env: named, say: quiet })).rejects.toThrow(
      `${dataDir} is in use by another Carillon (process ${process.pid})`,
    )
  })

  test('starts two of them side by side', async () => {
    const [one, other] = await Promise.all([started(aDataFolder()), started(aDataFolder())])
    const ports = [...one.running, ...other.running].map(({ port }) => port)
    expect(new Set(ports).size).toBe(6)
  })

  test('names a cluster of another PostgreSQL and leaves it alone', async () => {
    const dataDir = aDataFolder()
    const version = join(dataDir, 'postgres/data/PG_VERSION')
    mkdirSync(join(version, '..'), { recursive: true })
    writeFileSync(version, '15\n')
    const start = startServers({ dataDir, env: { ...named, DATABASE_URL: undefined }, say: quiet })
    await expect(start).rejects.toThrow(/was written by PostgreSQL 15, and this Carillon runs PostgreSQL 18/)
    expect(readFileSync(version, 'utf8')).toBe('15\n')
  })
})

describe('a server that dies', { timeout: 60_000 }, () => {
  test('is started again on the same port', async () => {
    const said: string[] = []
    const { running } = await started(aDataFolder(), alone, (line) => said.push(line))
    const before = running.map(({ port }) => port)
    for (const server of running) process.kill(server.pid(), 'SIGKILL')
    expect(await until(() => running.every((server) => server.restarts() === 1), 20_000)).toBe(true)
    expect(running.map(({ port }) => port)).toEqual(before)
    expect(said.filter((line) => line.includes('has died'))).toHaveLength(3)
  })

  test('is started again when it was its guard that died', async () => {
    const { running } = await started(aDataFolder(), { ...named, NATS_URL: undefined })
    const orphan = running[0]?.pid() ?? 0
    process.kill(parentOf(orphan), 'SIGKILL')
    expect(await until(() => running[0]?.restarts() === 1, 20_000)).toBe(true)
    expect(runs(orphan)).toBe(false)
  })
})

describe('the process that started them', { timeout: 60_000 }, () => {
  test('takes them with it when it is killed, and can be started again at once', async () => {
    const dataDir = aDataFolder()
    const starter = await aStarter(dataDir)
    expect(starter.pids.every(runs)).toBe(true)
    starter.process.kill('SIGKILL')
    const next = await started(dataDir)
    expect(next.running).toHaveLength(3)
    expect(starter.pids.some(runs)).toBe(false)
  })
})

describe('servers named in the environment', () => {
  test('are used, and none is started', async () => {
    const said: string[] = []
    const servers = await started(aDataFolder(), named, (line) => said.push(line))
    expect(servers.env).toEqual({
      DATABASE_URL: named.DATABASE_URL,
      REDIS_URL: named.REDIS_URL,
      NATS_URL: named.NATS_URL,
    })
    expect(servers.running).toEqual([])
    expect(said).toEqual([
      'PostgreSQL: the one at db.test:5432 (DATABASE_URL)',
      'Redis: the one at redis.test:6379 (REDIS_URL)',
      'NATS: the one at a.test:4222, b.test:4222 (NATS_URL)',
    ])
  })
})

const named = {
  ...alone,
  DATABASE_URL: 'postgresql://carillon:secret@db.test:5432/carillon?sslmode=require',
  REDIS_URL: 'redis://:secret@redis.test:6379',
  NATS_URL: 'nats://a.test:4222,nats://b.test:4222',
}

async function started(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>> = alone,
  say: (line: string) => void = quiet,
): Promise<LocalServers> {
  const servers = await startServers({ dataDir, env, say })
  onTestFinished(() => servers.stop())
  return servers
}

interface Starter {
  readonly process: ChildProcess
  readonly pids: readonly number[]
}

async function aStarter(dataDir: string): Promise<Starter> {
  const script = `
    import { startServers } from ${JSON.stringify(join(import.meta.dirname, 'servers.ts'))}
    const { running } = await startServers({ dataDir: ${JSON.stringify(dataDir)}, env: process.env, say: () => undefined })
    console.log(running.map((server) => server.pid()).join(' '))`
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: alone,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void starter.kill('SIGKILL'))
  const pids = await new Promise<string>((resolve) => createInterface({ input: starter.stdout }).once('line', resolve))
  return { process: starter, pids: pids.split(' ').map(Number) }
}

async function redis({ env }: LocalServers, command: string): Promise<string> {
  const { port, password } = new URL(env.REDIS_URL ?? '')
  return await talk(Number(port), `AUTH ${password}\r\n${command}\r\n`)
}

/** What initdb gives a cluster once: it stays for as long as the data does. */
function systemIdentifier(dataDir: string): string {
  return readFileSync(join(dataDir, 'postgres/data/global/pg_control')).subarray(0, 8).toString('hex')
}

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
}

function runs(pid: number): boolean {
  return commandLine(pid) !== ''
}
