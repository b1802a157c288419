import type { Claims } from '../domain/claim.ts'

/** A worker's claim on a slice, for as long as it can be sure of it. */
export interface Lease {
  /** False once the claim may have run out: the worker was paused, or its renewals do not get through. */
  isHeld(): boolean
  /** Renews no more. */
  end(): void
}

/** Long enough for a renewal to be late, short enough for a one-time code to survive a worker. */
export const leaseMs = 6000
const renewEveryMs = 2000
/** What is begun under a lease has to reach the provider before the lease is over. */
const marginMs = 500

/** `since`: of `performance.now()`, before the claim was asked for, so that we never hold it longer than the store says. */
export function holdLease(claims: Claims, sliceId: string, worker: string, since: number): Lease {
  let heldUntil = since + leaseMs - marginMs
  const renewal = setInterval(() => void renew(), renewEveryMs)

  async function renew(): Promise<void> {
    const asked = performance.now()
    const isOurs = await claims.renew(sliceId, worker, leaseMs).catch(() => undefined)
    if (isOurs === true) heldUntil = Math.max(heldUntil, asked + leaseMs - marginMs)
    if (isOurs === false) heldUntil = 0
  }

  return {
    // A clock that goes on while the process is stopped.
    isHeld: () => performance.now() < heldUntil,
    end: () => clearInterval(renewal),
  }
}
