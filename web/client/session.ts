import { InboxError } from './inbox-error.ts'
import { watchNetwork } from './network.ts'

/**
 * - `connecting`: at the beginning, and for the moment that the first attempt to connect again takes.
 * - `live`: what happens is seen.
 * - `offline`: the server is not reached, because of `error`; attempts go on.
 * - `error`: attempts are over, because of `error`; `retry()` begins again.
 * - `closed`: it was closed.
 */
export type InboxState = 'connecting' | 'live' | 'offline' | 'error' | 'closed'

export interface SessionState {
  readonly state: InboxState
  readonly error: InboxError | null
}

export interface Session {
  /** Resolves while events are followed, else when they are again. Rejects when it gives up or is closed. */
  live(): Promise<void>
  /** Connects now rather than later. */
  retry(): void
  close(): void
}

export interface SessionWork {
  /** Follows events from wherever we are, until that breaks. Rejects with an {@link InboxError}. */
  readonly follow: (signal: AbortSignal, onLive: () => void) => Promise<void>
  readonly retryDelayMs: (attempt: number) => number
  /** A new token can be had when one is refused. */
  readonly canRenew: boolean
  /** The network is gone: nothing that seems to be connected is. */
  readonly drop: () => void
  readonly tell: (state: SessionState) => void
}

/** Keeps following for as long as there is a point in it. */
export function openSession({ follow, retryDelayMs, canRenew, drop, tell }: SessionWork): Session {
  const closing = new AbortController()
  const waiting = new Set<{ resolve(): void; reject(error: InboxError): void }>()
  let now: SessionState = { state: 'connecting', error: null }
  let wake = () => {}

  function become(state: InboxState, error: InboxError | null): void {
    if (now.state === 'closed') return
    now = { state, error }
    for (const each of waiting) {
      if (state === 'live') each.resolve()
      else if (error && (state === 'error' || state === 'closed')) each.reject(error)
      else continue
      waiting.delete(each)
    }
    tell(now)
  }

  async function keepFollowing(): Promise<void> {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      const onLive = () => {
        attempt = 0
        become('live', null)
      }
      const failure = await follow(closing.signal, onLive).then(
        () => new InboxError('OFFLINE', 'The server ended the events.'),
        (error: InboxError) => error,
      )
      if (closing.signal.aborted) return
      if (isFinal(failure, attempt, canRenew)) {
        become('error', failure)
        await pause(undefined)
        attempt = 0
      } else {
        become(attempt === 0 ? 'connecting' : 'offline', failure)
        await pause(failure.comeBackInMs ?? retryDelayMs(attempt + 1))
      }
    }
  }

  /** Until then; without a time, until somebody asks for another attempt. */
  function pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const stopWatching = watchNetwork({ onOnline: () => now.state !== 'error' && wake(), onOffline: drop })
  void keepFollowing()

  return {
    live() {
      if (now.state === 'live') return Promise.resolve()
      if (now.error && (now.state === 'error' || now.state === 'closed')) return Promise.reject(now.error)
      return new Promise((resolve, reject) => waiting.add({ resolve, reject }))
    },
    retry() {
      if (now.state === 'error') become('connecting', null)
      wake()
    },
    close() {
      stopWatching()
      closing.abort()
      become('closed', new InboxError('CLOSED', 'The inbox is closed.'))
      wake()
    },
  }
}

/** A refused token is asked for once more; a cursor that is not understood any more has been dropped by then. */
function isFinal({ code }: InboxError, attempt: number, canRenew: boolean): boolean {
  if (code === 'UNAUTHENTICATED') return !canRenew || attempt > 1
  if (code === 'BAD_INPUT') return attempt > 2
  return code === 'FORBIDDEN' || code === 'REFUSED'
}
