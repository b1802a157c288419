import type { Fault } from './fault.ts'

export interface FaultState {
  readonly provider: string
  readonly fault: (Fault & { readonly befell: number }) | null
  readonly requests: number
  readonly accepted: number
  readonly refused: number
}

/** The fault in force at each provider, and what became of its requests. */
export interface Faults {
  has(provider: string): boolean
  put(provider: string, fault: Fault): void
  /** Counts a request to these addresses and says what befalls it, if anything does. */
  meet(provider: string, to: readonly string[]): Fault | null
  /** What would befall such a request, which is not counted: it asks for nothing to be sent. */
  peek(provider: string, to: readonly string[]): Fault | null
  accepted(provider: string): void
  refused(provider: string): void
  states(): Readonly<Record<string, FaultState>>
}

interface Mutable {
  fault: Fault | null
  befell: number
  requests: number
  accepted: number
  refused: number
}

export function createFaults(providers: readonly string[], random: () => number): Faults {
  const states = new Map<string, Mutable>(
    providers.map((name) => [name, { fault: null, befell: 0, requests: 0, accepted: 0, refused: 0 }]),
  )
  const change = (provider: string, how: (state: Mutable) => void) => {
    const state = states.get(provider)
    if (state) how(state)
  }
  const befalls = (state: Mutable, to: readonly string[]) => {
    const fault = inForce(state)
    return fault && concerns(fault, to) && random() < fault.share ? fault : null
  }
  return {
    has: (provider) => states.has(provider),
    put: (provider, fault) =>
      change(provider, (state) => {
        state.fault = fault.kind === 'ok' ? null : fault
        state.befell = 0
      }),
    meet(provider, to) {
      const state = states.get(provider)
      if (!state) return null
      state.requests++
      const fault = befalls(state, to)
      if (fault) state.befell++
      return fault
    },
    peek(provider, to) {
      const state = states.get(provider)
      return state ? befalls(state, to) : null
    },
    accepted: (provider) => change(provider, (state) => state.accepted++),
    refused: (provider) => change(provider, (state) => state.refused++),
    states: () => Object.fromEntries([...states].map(([provider, state]) => [provider, shown(provider, state)])),
  }
}

function inForce({ fault, befell }: Mutable): Fault | null {
  return fault?.count != null && befell >= fault.count ? null : fault
}

function concerns(fault: Fault, to: readonly string[]): boolean {
  const wanted = fault.to?.toLowerCase()
  return wanted === undefined || to.some((address) => address.toLowerCase() === wanted)
}

function shown(provider: string, state: Mutable): FaultState {
  const fault = inForce(state)
  const { requests, accepted, refused } = state
  return { provider, fault: fault && { ...fault, befell: state.befell }, requests, accepted, refused }
}

/** Mulberry32: the same numbers for the same seed, so that a run with SANDBOX_SEED can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
