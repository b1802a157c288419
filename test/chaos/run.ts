import { join } from 'node:path'
import { watchBreakers } from './breakers.ts'
import { dice } from './dice.ts'
import { openDisk } from './disk.ts'
import { drainOf } from './drain.ts'
import { keepEvidence } from './evidence.ts'
import { type Facts, readFacts } from './facts.ts'
import { playAll } from './faults.ts'
import type { Figures } from './figures.ts'
import { type Latency, latencies, type Window } from './latency.ts'
import { brokenLimits } from './limits.ts'
import { type Load, startLoad } from './load.ts'
import { readLoadLog } from './load-log.ts'
import { type Options, planOf } from './options.ts'
import { judge } from './oracle.ts'
import { invite } from './people.ts'
import type { PlannedFault } from './plan.ts'
import { untilQuiet } from './quiet.ts'
import { scenarios } from './scenario.ts'
import { spotCheck } from './spot-check.ts'
import { openStage, type Stage } from './stage.ts'
import { nthWish } from './traffic.ts'

export interface RunOptions {
  readonly options: Options
  /** Logs and data go here. */
  readonly folder: string
  /** Whether the data folder is on a disk that can be filled (./disk.sh). */
  readonly hasDisk: boolean
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Plays a scenario: load and faults, then quiet, then the oracle. Leaves nothing running, however it ends. */
export async function run({ options, folder, hasDisk, say, signal }: RunOptions): Promise<Figures> {
  const { seed, seconds } = options
  const { limits } = scenarios[options.scenario]
  const plan = planOf(options)
  say('starting servers, sandbox and every role')
  const disk = hasDisk ? openDisk(join(folder, 'data')) : undefined
  const stage = await openStage({ folder, seed, isClustered: options.isClustered, disk, say, signal })
  try {
    say(`inviting ${options.people} people`)
    await invite(stage, options.people)
    const file = join(folder, 'load.ndjson')
    const begunAt = Date.now()
    const { load, faults, breakers } = await befall(stage, options, plan, file, { say, signal })
    say(`the load has ended: ${told(load)}`)
    signal.throwIfAborted()
    if (!(await stage.ready(60_000))) say('not every role is ready again: waiting for quiet all the same')
    const quietAfterMs = await untilQuiet(stage.database, { limitMs: options.quietSeconds * 1000, signal, say })
    signal.throwIfAborted()
    say('reading what happened')
    const asked = readLoadLog(file).map(({ n, ...line }) => ({ ...nthWish(options, n), ...line }))
    const facts = await readFacts(stage.database, stage, asked)
    const result = {
      judgement: judge(facts),
      quietAfterMs,
      apiDifferences: await spotCheck(stage, facts, dice(seed)),
      crashes: [...stage.roles.values()].flatMap((role) => role.crashes().map((how) => `${role.name} (${how})`)),
      latencies: latenciesAround(facts, plan, begunAt, seconds),
      breakers,
    }
    const hang = hangOf(plan, begunAt)
    const broken = brokenLimits(result, limits, hang)
    if (broken.length > 0) await keepEvidence(folder, stage.database, facts, { ...result, broken })
    const drain = hang && drainOf(facts, hang.provider, hang.from, hang.to)
    return { ...result, options, faults, drain, begunAt, broken }
  } finally {
    say('stopping')
    await stage.close()
  }
}

interface Around {
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Load and faults together, until both are over. */
async function befall(
  stage: Stage,
  { seed, people, perSecond, seconds }: Options,
  plan: readonly PlannedFault[],
  file: string,
  { say, signal }: Around,
) {
  const { gateway, bulkApiKey: apiKey } = stage.demo
  const load = startLoad({ gateway, apiKey, seed, people, perSecond, seconds, file })
  const watch = watchBreakers(stage)
  const telling = setInterval(() => say(told(load)), 5_000)
  const stopLoad = () => load.kill()
  signal.addEventListener('abort', stopLoad)
  try {
    const [, faults] = await Promise.all([load.ended, playAll(stage, plan, signal, say)])
    return { load, faults, breakers: await watch.stop() }
  } finally {
    clearInterval(telling)
    signal.removeEventListener('abort', stopLoad)
    load.kill()
    await watch.stop()
  }
}

function told(load: Load): string {
  const { sent, accepted, refused, 'in doubt': inDoubt } = load.progress()
  const waiting = sent - accepted - refused - inDoubt
  return `${sent} sent, ${accepted} accepted, ${waiting} waiting for an answer, ${inDoubt} in doubt, ${refused} refused`
}

/** Where one provider is ill through a part of the run: before and during that. Else all of it. */
function latenciesAround(
  facts: Facts,
  plan: readonly PlannedFault[],
  begunAt: number,
  seconds: number,
): readonly Latency[] {
  const hang = hangOf(plan, begunAt)
  const warmUpMs = 10_000
  // What is sent just before the fault may meet it.
  const marginMs = 1_000
  const windows: readonly Window[] = hang
    ? [
        { name: 'before', from: begunAt + warmUpMs, to: hang.from - marginMs },
        { name: 'during', from: hang.from, to: hang.to },
        { name: 'after', from: hang.to, to: Number.POSITIVE_INFINITY },
      ]
    : [{ name: `all ${seconds} s`, from: 0, to: Number.POSITIVE_INFINITY }]
  return latencies(facts, windows)
}

/** The one fault of a plan that has no other. */
function hangOf(plan: readonly PlannedFault[], begunAt: number) {
  const [only] = plan
  if (plan.length !== 1 || only?.fault !== 'hang') return undefined
  return { provider: only.target, from: begunAt + only.atMs, to: begunAt + only.atMs + only.forMs }
}
