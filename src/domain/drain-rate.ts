/** How much had been finished at an instant. */
export interface RateSample {
  readonly atMs: number
  readonly finished: number
}

const windowMs = 60_000

/** The samples of the last minute with a new one. A counter that has gone back is another counter. */
export function withSample(samples: readonly RateSample[], sample: RateSample): readonly RateSample[] {
  const isSame = (samples.at(-1)?.finished ?? 0) <= sample.finished
  const recent = samples.filter(({ atMs }) => isSame && sample.atMs - atMs <= windowMs)
  return [...recent, sample]
}

/** How much was finished in a second, over all samples; 0 with less than two. */
export function ratePerSecond(samples: readonly RateSample[]): number {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
  return ((last.finished - first.finished) / (last.atMs - first.atMs)) * 1000
}
