import type { ClaimedSlice, Claims, EarlierClaims, Mark, TargetClaim } from '../domain/claim.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { ProviderName } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Gate } from './gate.ts'
import { holdLease, type Lease, leaseMs } from './lease.ts'
import type { Call } from './plan.ts'

/** What came of a call, now or by somebody before us. */
export type Answer = Mark

export interface CallDeps {
  readonly claims: Claims
  readonly gates: (provider: ProviderName) => Gate
  readonly now: () => Date
  /** Aborted when the process has no more time: what has no answer by then is unknown. */
  readonly hurry: AbortSignal
}

export interface Calling {
  readonly slice: ClaimedSlice
  /** Of this one run, not of the process: a slice may come back to the process that is at it. */
  readonly worker: string
  readonly earlier: Extract<EarlierClaims, { readonly kind: 'found' }>
  readonly calls: readonly Call[]
  readonly isRetry: boolean
}

/**
 * - made: there is an answer for each call, by its key
 * - busy: another worker is at it
 * - lost: another worker has taken over meanwhile; there are answers for those calls that were made before
 */
export type Made =
  | { readonly kind: 'made'; readonly answers: ReadonlyMap<string, Answer>; readonly lease: Lease }
  | { readonly kind: 'busy' }
  | { readonly kind: 'lost'; readonly answers: ReadonlyMap<string, Answer> }

const concurrency = 50
/** For all calls of a slice. Adapters give up earlier, by their own timeouts: this only bounds a bug in one. */
const limitMs = 60_000

/**
 * Claims the calls of a slice and makes those that nobody has made, a bounded number at once; each answer is marked as it
 * comes. Who is made to wait before a provider is not called.
 */
export async function makeCalls(deps: CallDeps, { slice, worker, earlier, calls, isRetry }: Calling): Promise<Made> {
  const { claims, gates, now, hurry } = deps
  const [held, callable] = [calls.filter(({ wait }) => wait), calls.filter(({ wait }) => !wait)]
  const asked = performance.now()
  // Without calls, too: another worker may be making those that it planned before the notification expired.
  const claimed = await claims.claim(slice, worker, leaseMs, callable)
  if (claimed.kind === 'busy') return claimed
  const { of } = claimed
  const lease = holdLease(claims, slice.id, worker, asked)
  const answers = new Map<string, Answer>(held.flatMap(({ key, wait }) => (wait ? [[key, notCalled(wait)]] : [])))
  /** Where one had to wait, those behind it in the slice wait as long. */
  const waits = new Map<ProviderName, Answer>()
  const marks: Promise<boolean>[] = []
  const queue = [...callable]
  const signal = AbortSignal.any([hurry, AbortSignal.timeout(limitMs)])
  let isLost = false

  async function work(): Promise<void> {
    for (let call = queue.shift(); call !== undefined && !isLost; call = queue.shift()) {
      const known = knownOf(call, slice, earlier, of.get(call.key))
      const answer = known ?? waits.get(call.provider) ?? (await make(call))
      if (answer === undefined) return
      answers.set(call.key, answer)
      if (known === undefined) marks.push(mark(call.key, answer))
    }
  }

  /** What cannot be written now is known here, and counts unless another worker may have taken over. */
  function mark(key: string, answer: Answer): Promise<boolean> {
    return claims.mark(slice.id, worker, key, answer).catch((error: unknown) => {
      log.warn({ sliceId: slice.id, err: error }, 'an answer could not be marked')
      return lease.isHeld()
    })
  }

  /** Undefined when the lease was lost before the call. */
  async function make(call: Call): Promise<Answer | undefined> {
    const entry = await gates(call.provider).enter({ isRetry }, signal)
    if (entry.kind === 'wait') {
      const answer = notCalled(entry)
      waits.set(call.provider, answer)
      return answer
    }
    if (!lease.isHeld()) {
      isLost = true
      entry.leave(notMade, 0)
      return undefined
    }
    const [at, started] = [now(), performance.now()]
    const outcome = await call.run(signal).catch((error: unknown) => {
      entry.leave(notMade, 0)
      throw error
    })
    const latencyMs = performance.now() - started
    entry.leave(outcome, latencyMs)
    return { kind: 'answered', provider: call.provider, outcome, at, latencyMs }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, callable.length) }, work))
    const marked = await Promise.all(marks)
    return isLost || marked.includes(false) ? { kind: 'lost', answers } : { kind: 'made', answers, lease }
  } finally {
    lease.end()
  }
}

/** For the gate, of a call that was not made, or that failed by our own fault: it says nothing of the provider. */
const notMade: Outcome = { kind: 'retryable', code: 'not_called', throttled: true }

function notCalled({ forMs, because }: { readonly forMs: number; readonly because: string }): Answer {
  return { kind: 'not_called', forMs, because }
}

/** What is known of a call without making it. */
function knownOf(
  call: Call,
  slice: ClaimedSlice,
  earlier: Calling['earlier'],
  claimed: TargetClaim | undefined,
): Answer | undefined {
  const before = earlier.of.get(call.key)
  const claims = [before, claimed].filter((each) => each !== undefined)
  const marked = claims.find((each) => each.kind === 'marked')
  if (marked !== undefined) return marked.mark
  const unmarked = claims.find((each) => each.kind === 'unmarked')
  if (unmarked === undefined && (earlier.isComplete || !slice.isRepeat)) return undefined
  return unmarked?.provider === undefined
    ? neverMarked(call.provider, 'claim_lost', slice.createdAt)
    : neverMarked(unmarked.provider, 'claimed_without_mark', slice.createdAt)
}

/** Of a call that may have been made. `at` the earliest: when it was called, if it was, died with the one who called. */
export function neverMarked(provider: ProviderName, code: 'claim_lost' | 'claimed_without_mark', at: Date): Answer {
  return { kind: 'answered', provider, outcome: { kind: 'unknown', code }, at, latencyMs: 0 }
}
