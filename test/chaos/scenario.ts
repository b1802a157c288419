import { apnsHangs, everything, lostAnswers, type Plan, steady, storm } from './plan.ts'

/** What a run has to reach besides that nothing is lost: see ./limits.ts. */
export interface Limits {
  /** Of deliveries: e-mail and SMS as they are, push after collapse ids. */
  readonly duplicateShare: number
  /** p99 of every provider that is well, in the fault against before it. */
  readonly p99Factor?: number
  readonly breakerOpensWithinMs?: number
}

export interface Scenario {
  readonly title: string
  readonly plan: Plan
  readonly seconds: number
  readonly perSecond: number
  readonly limits: Limits
}

const rarely = 0.001
/** When Redis is flushed, "at worst a little is repeated": what was in flight then, and had marks nowhere else. */
const aLittle = 0.01

export const scenarios = {
  everything: {
    title: 'every kind of fault, at random',
    plan: everything,
    seconds: 180,
    perSecond: 100,
    limits: { duplicateShare: aLittle },
  },
  storm: {
    title: 'one process is killed every 5 s, and all of them every 30 s',
    plan: storm,
    seconds: 120,
    perSecond: 200,
    limits: { duplicateShare: rarely },
  },
  'lost-answers': {
    title: 'every provider takes 5 % of its requests without an answer',
    plan: lostAnswers,
    seconds: 300,
    perSecond: 100,
    limits: { duplicateShare: rarely },
  },
  'apns-hangs': {
    title: 'APNs answers nothing for a minute',
    plan: apnsHangs,
    seconds: 120,
    perSecond: 50,
    limits: { duplicateShare: rarely, p99Factor: 1.5, breakerOpensWithinMs: 20_000 },
  },
  steady: { title: 'no fault', plan: steady, seconds: 60, perSecond: 200, limits: { duplicateShare: 0 } },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = Object.keys(scenarios).filter(isScenario)

export function isScenario(word: string): word is ScenarioName {
  return Object.hasOwn(scenarios, word)
}
