import type { Policy } from '../domain/policy.ts'
import type { Principal } from '../domain/principal.ts'
import type { ProviderHealth } from '../domain/provider-health.ts'
import type { Tier } from '../domain/words.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import type { InboxChangedBody } from '../streams/messages.ts'
import type { QueueReader } from '../streams/queue-reader.ts'
import type { SheddingReader } from '../streams/shedding-reader.ts'
import type { Streams } from '../streams/streams.ts'

/** What resolvers work with: one for the process. */
export interface App {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly inboxFeed: InboxFeed
  readonly queues: QueueReader
  readonly shedding: SheddingReader
  readonly bulk: BulkAcceptance
  readonly policy: Policy
  /** How the providers are, in the eyes of all processes. */
  readonly providerHealth: () => readonly ProviderHealth[]
  /** The app a device belongs to when its registration names none: a bundle id (IOS), a sender (ANDROID, WEB). */
  readonly defaultApp: { readonly IOS: string; readonly ANDROID: string; readonly WEB: string }
  readonly now: () => Date
}

export type BulkTier = Exclude<Tier, 'TRANSACTIONAL'>

/** Where bulk work is accepted and prepared: on a database pool of its own, a few at a time. */
export interface BulkAcceptance {
  /** @throws Overloaded where the tier is shed, or too much waits already */
  run<T>(tier: BulkTier, work: (database: Database) => Promise<T>): Promise<T>
}

/** Tells, for as long as somebody iterates, that a viewer's inbox has changed. */
export interface InboxFeed {
  /**
   * Yields the head of the viewer's inbox after each change, in order of `seq`; several changes may be one (the newest),
   * but an "all read" should stay by itself. Misses nothing from the first `next()` on, or finds it later by itself.
   * Ends when the process shuts down or `signal` aborts, also while `next()` is waiting.
   */
  changes(userId: string, signal: AbortSignal): AsyncIterable<Readonly<Omit<InboxChangedBody, 'userId'>>>
}

/** What a resolver knows of its operation. */
export interface Context {
  readonly app: App
  readonly principal: Principal
  /** The HTTP header Idempotency-Key. */
  readonly idempotencyKey: string | undefined
}
