import { rounded } from '../../bench/numbers.ts'
import type { Report, Row } from '../../bench/report.ts'
import type { Drain } from './drain.ts'
import type { Played } from './faults.ts'
import type { Result } from './limits.ts'
import { type Options, replay } from './options.ts'
import { scenarios } from './scenario.ts'

export interface Figures extends Result {
  readonly options: Options
  readonly faults: Played
  readonly drain: Drain | undefined
  /** What happened when, for the breakers' table: milliseconds since 1970. */
  readonly begunAt: number
  readonly broken: readonly string[]
}

/** The figures of a run as tables. */
export function report(figures: Figures): Report {
  const { options, faults, broken } = figures
  const { title } = scenarios[options.scenario]
  const tables = [
    { title: `${options.scenario}: ${title}`, rows: [overview(figures)] },
    { title: 'what became of each notification × recipient × channel', rows: fates(figures) },
    { title: 'taken by a provider more than once', rows: duplicates(figures) },
    { title: 'from the instant it was to be sent to the provider', rows: latencyRows(figures) },
    ...(figures.drain ? [{ title: 'when the provider was back', rows: [{ ...figures.drain }] }] : []),
    ...(figures.breakers?.length ? [{ title: 'breakers', rows: breakerRows(figures) }] : []),
  ]
  const notes = [
    `Again: ${replay(options)}`,
    `${faults.played} faults were played.`,
    `${figures.judgement.unlogged} requests that a provider took share the attempt of another one in the log.`,
    ...faults.notPlayed.map((fault) => `NOT PLAYED, this machine does not let us: ${fault}`),
    ...(figures.breakers === undefined ? ['The service tells nothing of breakers: that limit was not checked.'] : []),
    ...(broken.length === 0 ? ['Every limit was kept.'] : broken.map((limit) => `BROKEN: ${limit}`)),
  ]
  return { tables: tables.filter(({ rows }) => rows.length > 0), notes }
}

function overview({ judgement, options, quietAfterMs, crashes }: Figures): Row {
  return {
    'asked for': judgement.asked,
    'a second': options.perSecond,
    accepted: judgement.accepted,
    'in doubt': judgement.inDoubt,
    'in doubt, and made': judgement.inDoubtAndCommitted,
    'quiet after s': quietAfterMs === undefined ? 'never' : rounded(quietAfterMs / 1000, 1),
    'ended by themselves': crashes.length,
  }
}

function fates({ judgement }: Figures): readonly Row[] {
  const { deliveries, reached, ended, unknown, open, violations } = judgement
  const lost = violations.filter(({ rule }) => rule === 'lost').length
  const rows = [
    ['all', deliveries],
    ['with a provider, or in the inbox', reached],
    ...Object.entries(ended).sort(),
    ['UNKNOWN no_evidence', unknown],
    ['still open', open],
    ['lost', lost],
  ] as const
  return rows.map(([fate, count]) => ({ fate, deliveries: count }))
}

function duplicates({ judgement }: Figures): readonly Row[] {
  const percent = (part: number, all: number) => `${((part / all) * 100).toFixed(3)} %`
  return judgement.channels.map(({ channel, deliveries, duplicates: raw, afterCollapse }) => ({
    channel,
    deliveries,
    'again, raw': raw,
    'raw share': percent(raw, deliveries),
    'after collapse ids': afterCollapse,
    share: percent(afterCollapse, deliveries),
  }))
}

function latencyRows({ latencies }: Figures): readonly Row[] {
  return latencies.map(({ window, provider, messages, p50Ms, p99Ms, mostMs }) => ({
    window,
    provider,
    messages,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
    'most ms': mostMs,
  }))
}

function breakerRows({ breakers = [], begunAt }: Figures): readonly Row[] {
  return breakers.map(({ at, provider, state }) => ({ 'at s': rounded((at - begunAt) / 1000, 1), provider, state }))
}
