import { type Diagnosis, ok, problem, warning } from './diagnosis.ts'

/** What the clock of somebody else said, between two moments of ours; all in milliseconds since 1970. */
export interface ClockReading {
  readonly whose: string
  readonly sent: number
  readonly received: number
  /** Some clocks tell whole seconds only: it was no earlier than this. */
  readonly from: number
  /** And no later than this. */
  readonly to: number
}

const warnAboveMs = 1000
/** Signatures of tokens, requests and webhooks are refused some minutes off at the latest, some of them at one. */
const wrongAboveMs = 60_000

/** How far their clock is ahead of ours, at the least; negative: behind. 0 as long as the two may agree. */
export function skewMs({ sent, received, from, to }: ClockReading): number {
  if (from > received) return from - received
  return to < sent ? to - sent : 0
}

/** One line for all that agree with ours, and one for each that does not. */
export function judgeClocks(readings: readonly ClockReading[]): readonly Diagnosis[] {
  const apart = readings.filter((reading) => Math.abs(skewMs(reading)) > warnAboveMs)
  const near = readings.filter((reading) => !apart.includes(reading)).map(({ whose }) => whose)
  return [
    ...(near.length === 0 ? [] : [ok('clock', `agrees with ${near.join(', ')}`)]),
    ...apart.map((reading) => {
      const skew = skewMs(reading)
      const found = `that of ${reading.whose} is ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}`
      const mend = 'let both machines set their clocks by NTP'
      return Math.abs(skew) > wrongAboveMs
        ? problem('clock', `${found}: signatures will be refused`, mend)
        : warning('clock', found, mend)
    }),
  ]
}

function inWords(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}
