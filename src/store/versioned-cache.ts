import type { Redis } from 'ioredis'
import { Recent } from './recent.ts'

/** A copy of something, in one of its versions. */
export interface Copy {
  readonly key: string
  /** Never used twice for this key. */
  readonly version: string
}

export interface CopyToKeep extends Copy {
  /** What JSON can hold. */
  readonly value: unknown
  readonly keepSeconds: number
}

/**
 * Copies whose reader knows which version is true now, so that no copy has to be removed: an old one, put back by a
 * slow reader or left there by a write that Redis did not see, is never taken for the new one. Whoever is away is done without.
 */
export interface VersionedCache {
  /** By key, those that are there in exactly this version. One round trip at most. */
  read(wanted: readonly Copy[]): Promise<ReadonlyMap<string, unknown>>
  /** Returns at once. */
  keep(copies: readonly CopyToKeep[]): void
}

/** Those of a page are asked for again within seconds, when its slices are dispatched. */
const localCopies = 5_000

/** How long Redis is left alone after it has failed: not every page should find out anew. */
const restMs = 1_000

/** In this process and in Redis, or in this process alone. */
export function versionedCache(redis: Redis | undefined, now: () => number = Date.now): VersionedCache {
  const local = new Recent<string, { readonly version: string; readonly value: unknown }>(localCopies)
  let restUntil = 0

  function available(): Redis | undefined {
    return redis?.status === 'ready' && now() >= restUntil ? redis : undefined
  }

  function rest(): void {
    restUntil = now() + restMs
  }

  async function fetch(wanted: readonly Copy[]): Promise<readonly (string | null)[]> {
    const server = wanted.length > 0 ? available() : undefined
    if (server === undefined) return []
    const keys = wanted.map(({ key }) => key)
    // Those of a tick go together to whoever has them.
    const texts = server.isCluster ? Promise.all(keys.map((key) => server.get(key))) : server.mget(keys)
    return texts.catch(() => {
      rest()
      return []
    })
  }

  return {
    async read(wanted) {
      const found = new Map<string, unknown>()
      const missing = wanted.filter(({ key, version }) => {
        const copy = local.get(key)
        if (copy?.version !== version) return true
        found.set(key, copy.value)
        return false
      })
      const texts = await fetch(missing)
      for (const [index, { key, version }] of missing.entries()) {
        const json = jsonOf(texts[index], version)
        if (json === undefined) continue
        const value: unknown = JSON.parse(json)
        local.set(key, { version, value })
        found.set(key, value)
      }
      return found
    },
    keep(copies) {
      for (const { key, version, value } of copies) local.set(key, { version, value })
      const server = copies.length > 0 ? available() : undefined
      if (server === undefined) return
      // Those of a tick go together, in a cluster to whoever has them.
      const kept = copies.map(({ key, version, value, keepSeconds }) =>
        server.set(key, `${version} ${JSON.stringify(value)}`, 'EX', keepSeconds),
      )
      Promise.all(kept).catch(rest)
    },
  }
}

/** undefined: it is not there, or of another version. */
function jsonOf(text: string | null | undefined, version: string): string | undefined {
  return text?.startsWith(`${version} `) ? text.slice(version.length + 1) : undefined
}
