import { mostShed, type SheddingLevel } from '../domain/shedding.ts'
import { type SheddingToldBody, sheddingTold } from './messages.ts'
import type { Streams } from './streams.ts'

/** Knows what is given up at the moment, from those who measure. */
export interface SheddingReader {
  level(): SheddingLevel
  /** What those have measured who give up most; undefined: nobody has measured of late. */
  told(): SheddingToldBody | undefined
  close(): void
}

/**
 * They tell every second. When nobody does any more, nothing is given up: tiers are apart without that, and a measuring process
 * that has died must not hold marketing up for ever.
 */
const lastsMs = 10_000

export function openSheddingReader(
  streams: Streams,
  onTold: () => void = () => undefined,
  nowMs: () => number = performance.now.bind(performance),
): SheddingReader {
  const heard = new Map<string, { readonly body: SheddingToldBody; readonly atMs: number }>()

  function fresh(): readonly SheddingToldBody[] {
    for (const [process, { atMs }] of heard) if (nowMs() - atMs > lastsMs) heard.delete(process)
    return [...heard.values()].map(({ body }) => body)
  }

  function level(): SheddingLevel {
    return mostShed(fresh().map((body) => body.level))
  }

  const close = streams.listen(sheddingTold, undefined, (body) => {
    heard.set(body.process, { body, atMs: nowMs() })
    onTold()
  })
  return {
    level,
    told() {
      const most = level()
      const lateness = ({ oldestMs, objectiveMs }: SheddingToldBody) => oldestMs / objectiveMs
      const those = fresh().filter((body) => body.level === most)
      return those.toSorted((left, right) => lateness(right) - lateness(left))[0]
    },
    close,
  }
}
