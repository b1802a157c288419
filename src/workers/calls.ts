import { randomUUID } from 'node:crypto'
import type { Claims, TargetClaim } from '../domain/claim.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Call } from './plan.ts'

/** A call that has been answered, now or by somebody before us. */
export interface Answer {
  readonly outcome: Outcome
  readonly at: Date
  readonly latencyMs: number
}

export interface CallDeps {
  readonly claims: Claims
  readonly now: () => Date
  /** Aborted when the process has no more time: what has no answer by then is unknown. */
  readonly hurry: AbortSignal
}

/** Long enough for a renewal to be late, short enough for a one-time code to survive a worker. */
const leaseMs = 6000
const renewEveryMs = 2000
const concurrency = 50
/** For all calls of a slice. Adapters give up earlier, by their own timeouts: this only bounds a bug in one. */
const limitMs = 60_000

/**
 * Claims the calls of a slice and makes those that nobody has made, a bounded number at once; each answer is marked
 * as it comes. Resolves with an answer for each call, by its key; with undefined when another worker is at it.
 */
export async function makeCalls(
  { claims, now, hurry }: CallDeps,
  sliceId: string,
  calls: readonly Call[],
): Promise<ReadonlyMap<string, Answer> | undefined> {
  // Not the process: a slice that falls due again while its provider is slow may come back to the process that is at it.
  const worker = randomUUID()
  const keys = calls.map(({ key }) => key)
  // Without calls, too: another worker may be making those that it planned before the notification expired.
  const claimed = await claims.claim(sliceId, keys, worker, leaseMs)
  if (claimed.kind === 'busy') return undefined
  const answers = new Map<string, Answer>()
  const renewal = setInterval(() => void claims.renew(sliceId, worker, leaseMs), renewEveryMs)
  const marks: Promise<void>[] = []
  const queue = [...calls]
  const signal = AbortSignal.any([hurry, AbortSignal.timeout(limitMs)])
  const work = async () => {
    for (let call = queue.shift(); call !== undefined; call = queue.shift()) {
      const answer = known(claimed.of.get(call.key), now()) ?? (await make(call, now, signal))
      answers.set(call.key, answer)
      if (claimed.of.get(call.key)?.kind === 'new') marks.push(claims.mark(sliceId, call.key, answer.outcome))
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, calls.length) }, work))
    await Promise.all(marks)
  } finally {
    clearInterval(renewal)
  }
  return answers
}

/** What is known of a call without making it. */
function known(claim: TargetClaim | undefined, at: Date): Answer | undefined {
  switch (claim?.kind) {
    case 'marked':
      return { outcome: claim.outcome, at, latencyMs: 0 }
    case 'unmarked':
      return { outcome: { kind: 'unknown', code: 'claimed_without_mark' }, at, latencyMs: 0 }
    default:
      return undefined
  }
}

async function make(call: Call, now: () => Date, signal: AbortSignal): Promise<Answer> {
  const at = now()
  const started = performance.now()
  const outcome = await call.run(signal)
  return { outcome, at, latencyMs: performance.now() - started }
}
