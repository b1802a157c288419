import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { foreignLoad } from './foreign-load.ts'
import { quantile, rounded } from './numbers.ts'
import { type BenchProcess, pinned, startProcess } from './process.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { startBenchServers } from './servers.ts'

const firstTargetMs = 5000
const resumeTargetMs = 20
const missed = 1000

/** What a gateway has to bear when its viewers come back: all of them at once, or one who was away for long. */
export async function storm({ quick, say }: SuiteOptions): Promise<Report> {
  say('starting PostgreSQL, Redis and NATS')
  const servers = await startBenchServers()
  const env = { ...servers.env, VIEWER_JWT_SECRET: randomBytes(32).toString('base64url') }
  const client = await startProcess(file('returning'), { core: 1, env })
  const count = quick ? 500 : 5000
  const storms = await stormRows(env, client, count, quick ? 1 : 3, say)
  const gateway = await startProcess(file('carillon'), { core: 0, env, args: ['postgres'] })
  say('one viewer who was away')
  const url = await urlOf(gateway)
  await client.ask({ do: 'resume', url, missed: quick ? 50 : missed, times: quick ? 2 : 5 })
  const load = foreignLoad()
  const resumed = await client.ask({ do: 'resume', url, missed: quick ? 50 : missed, times: quick ? 2 : 15 })
  const foreign = load()
  await gateway.stop()
  await client.stop()
  await servers.stop()
  return {
    tables: [
      { title: `${count} sockets whose gateway has died come back at once, each with one event missed`, rows: storms },
      { title: `a viewer who has missed ${quick ? 50 : missed} events`, rows: [resumeRow(resumed, foreign)] },
    ],
    notes: [
      'Milliseconds from the attempt to connect: TCP, upgrade, token, subscription, reading PostgreSQL; the gateway has just been started.',
      'Nobody is told anything twice, and everybody is told what was missed: that is counted.',
      ...(pinned
        ? ['The gateway is kept to core 0, the clients to core 1; PostgreSQL and NATS are where there is room.']
        : []),
    ],
  }
}

async function stormRows(
  env: Record<string, string>,
  client: BenchProcess,
  count: number,
  times: number,
  say: SuiteOptions['say'],
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let gateway = await startProcess(file('carillon'), { core: 0, env, args: ['postgres'] })
  say(`connecting ${count} viewers`)
  await client.ask({ do: 'join', url: await urlOf(gateway), count })
  for (let time = 1; time <= times; time++) {
    say(`storm ${time}`)
    await gateway.stop()
    await client.ask({ do: 'miss' })
    gateway = await startProcess(file('carillon'), { core: 0, env, args: ['postgres'] })
    const load = foreignLoad()
    const { firstMs, missedMs } = returned.parse(await client.ask({ do: 'return', url: await urlOf(gateway) }))
    const foreign = load()
    rows.push({
      storm: time,
      'first event p50 ms': rounded(quantile(firstMs, 0.5)),
      'first event p99 ms': rounded(quantile(firstMs, 0.99)),
      'what was missed p99 ms': rounded(quantile(missedMs, 0.99)),
      'most ms': rounded(quantile(missedMs, 1)),
      target: `p99 < ${firstTargetMs} ms ${quantile(firstMs, 0.99) < firstTargetMs ? 'reached' : 'MISSED'}`,
      'foreign cores': foreign === null ? 'unknown' : rounded(foreign, 2),
    })
  }
  await gateway.stop()
  return rows
}

const returned = z.object({ firstMs: z.array(z.number()), missedMs: z.array(z.number()) })
const resumedTimes = z.object({ firstMs: z.array(z.number()), lastMs: z.array(z.number()) })

function resumeRow(resumed: unknown, foreign: number | null): Row {
  const { firstMs, lastMs } = resumedTimes.parse(resumed)
  const last = quantile(lastMs, 0.5)
  return {
    times: lastMs.length,
    'first event p50 ms': rounded(quantile(firstMs, 0.5), 1),
    'last event p50 ms': rounded(last, 1),
    'last event most ms': rounded(quantile(lastMs, 1), 1),
    target: `p50 < ${resumeTargetMs} ms ${last < resumeTargetMs ? 'reached' : 'MISSED'}`,
    'foreign cores': foreign === null ? 'unknown' : rounded(foreign, 2),
  }
}

const state = z.object({ url: z.string() })

async function urlOf(gateway: BenchProcess): Promise<string> {
  return state.parse(await gateway.ask('state')).url
}

function file(name: string): string {
  return new URL(`./sockets/${name}.ts`, import.meta.url).pathname
}
