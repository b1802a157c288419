import { foreignLoad, tolerableLoad } from './foreign-load.ts'

export interface Measured<T> {
  readonly value: T
  /** Cores that others used meanwhile; null where that cannot be told. */
  readonly foreignCores: number | null
}

/**
 * Measures contenders in turn, A B C A B C …: what drifts on the machine befalls them all. A measurement during which
 * others used the machine is repeated; after the last try the quietest one counts, and its foreign load is told.
 */
export async function inTurn<T>(
  contenders: readonly string[],
  rounds: number,
  measure: (contender: string) => Promise<T>,
  tries = 8,
): Promise<ReadonlyMap<string, readonly Measured<T>[]>> {
  const results = new Map<string, Measured<T>[]>(contenders.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of contenders) results.get(name)?.push(await quietly(() => measure(name), tries))
  }
  return results
}

async function quietly<T>(measure: () => Promise<T>, tries: number): Promise<Measured<T>> {
  let best: Measured<T> | undefined
  for (let n = 0; n < tries; n++) {
    const stop = foreignLoad()
    const value = await measure()
    const foreignCores = stop()
    if (best === undefined || (foreignCores ?? 0) < (best.foreignCores ?? 0)) best = { value, foreignCores }
    if ((foreignCores ?? 0) <= tolerableLoad) break
  }
  if (best === undefined) throw new Error('nothing was measured')
  return best
}

export function worstForeign(measured: Iterable<Measured<unknown>>): string {
  const loads = [...measured].map(({ foreignCores }) => foreignCores)
  return loads.includes(null) ? 'unknown' : Math.max(...loads.map(Number)).toFixed(2)
}
