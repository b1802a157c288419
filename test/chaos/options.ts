import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { PlannedFault } from './plan.ts'
import { isScenario, type ScenarioName, scenarioNames, scenarios } from './scenario.ts'

export interface Options {
  readonly scenario: ScenarioName
  readonly seconds: number
  readonly perSecond: number
  readonly seed: number
  readonly people: number
  /** The faults that are played of the plan; undefined: all. */
  readonly only: readonly string[] | undefined
  /** How long everything that was accepted may take to come to its end, after the load. */
  readonly quietSeconds: number
  /** NATS and Redis as clusters, and two of each role: `npm run cluster`. */
  readonly isClustered: boolean
  /** Where the figures go; undefined: to bench/results, by the name of the scenario. */
  readonly results: string | undefined
}

/** What the person at the keyboard has to write otherwise: a sentence. */
export class UsageError extends Error {}

const usage = `npm run chaos -- [${[...scenarioNames, 'campaign'].join(' | ')}] [--seconds N] [--rate N] [--seed N] [--people N] [--quiet-seconds N] [--only FAULT,FAULT] [--clustered]`

/** @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const [scenario = 'everything'] = positionals
  if (!isScenario(scenario) || positionals.length > 1) throw new UsageError(usage)
  const { seconds, perSecond } = scenarios[scenario]
  const number = (name: 'seconds' | 'rate' | 'seed' | 'people' | 'quiet-seconds', otherwise: number) => {
    const given = values[name]
    if (given === undefined) return otherwise
    if (!/^\d{1,9}$/.test(given)) throw new UsageError(`--${name} is a whole number, and not "${given}".`)
    return Number(given)
  }
  return {
    scenario,
    seconds: number('seconds', seconds),
    perSecond: number('rate', perSecond),
    seed: number('seed', randomInt(1_000_000)),
    people: number('people', 300),
    quietSeconds: number('quiet-seconds', 240),
    isClustered: values.clustered ?? false,
    only: values.only?.split(','),
    results: values.results,
  }
}

export function planOf({ scenario, seed, seconds, only }: Options): readonly PlannedFault[] {
  const plan = scenarios[scenario].plan({ seed, seconds })
  return plan.filter(({ fault }) => only?.includes(fault) ?? true)
}

/** The arguments that mean the same options. */
export function argsOf(options: Options): readonly string[] {
  const { scenario, seconds, perSecond, seed, people, quietSeconds, isClustered, only, results } = options
  const numbers = { seed, seconds, rate: perSecond, people, 'quiet-seconds': quietSeconds }
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)])
  const words = { only: only?.join(','), results }
  if (isClustered) args.push('--clustered')
  return [scenario, ...args, ...Object.entries(words).flatMap(([name, word]) => (word ? [`--${name}`, word] : []))]
}

/** The command that plays the same again. */
export function replay(options: Options): string {
  return `npm run chaos -- ${argsOf({ ...options, results: undefined }).join(' ')}`
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    seconds: text,
    rate: text,
    seed: text,
    people: text,
    'quiet-seconds': text,
    only: text,
    results: text,
    clustered: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? `${error.message}\n${usage}` : usage)
  }
}
