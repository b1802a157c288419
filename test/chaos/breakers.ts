import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { bearer, post, type Service } from '../setup/graphql.ts'

/** When the API first told a new state of a provider's breaker, in milliseconds since 1970. */
export interface BreakerChange {
  readonly at: number
  readonly provider: string
  readonly state: string
}

export interface BreakerWatch {
  /** undefined: this service tells nothing of breakers. */
  stop(): Promise<readonly BreakerChange[] | undefined>
}

const answered = z.object({
  data: z.object({ providers: z.array(z.object({ name: z.string(), breaker: z.string() })) }),
})
const query = '{ providers { name breaker } }'
const everyMs = 250

/** Asks for the breakers of all providers, again and again. */
export function watchBreakers(service: Service): BreakerWatch {
  const states = new Map<string, string>()
  const changes: BreakerChange[] = []
  const stopping = new AbortController()
  let isTold = false
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const answer = await post(service, { query }, bearer(service.demo.adminApiKey)).catch(() => undefined)
      const told = answered.safeParse(answer?.body)
      for (const { name, breaker } of told.data?.data.providers ?? []) {
        isTold = true
        if (states.get(name) === breaker) continue
        states.set(name, breaker)
        changes.push({ at: Date.now(), provider: name, state: breaker })
      }
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    async stop() {
      stopping.abort()
      await ended
      return isTold ? changes : undefined
    },
  }
}
