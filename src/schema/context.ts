import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import type { Policy } from '../domain/policy.ts'
import type { Principal } from '../domain/principal.ts'
import type { ProviderHealth } from '../domain/provider-health.ts'
import type { Tier } from '../domain/words.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import type { Behind, StoredHead } from '../store/inbox.ts'
import type { QueueReader } from '../streams/queue-reader.ts'
import type { SheddingReader } from '../streams/shedding-reader.ts'
import type { Streams } from '../streams/streams.ts'
import type { InboxEventShape } from './inbox-catch-up.ts'

/** What resolvers work with: one for the process. */
export interface App {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly inboxFeed: InboxFeed
  readonly broadcasts: Broadcasts
  readonly queues: QueueReader
  readonly shedding: SheddingReader
  readonly bulk: BulkAcceptance
  readonly policy: Policy
  /** How the providers are, in the eyes of all processes. */
  readonly providerHealth: () => readonly ProviderHealth[]
  /** The app a device belongs to when its registration names none: a bundle id (IOS), a sender (ANDROID, WEB). */
  readonly defaultApp: { readonly IOS: string; readonly ANDROID: string; readonly WEB: string }
  /** What is for more followers than this is not written to one by one; undefined: as the fan-out has been measured. */
  readonly fanOutThreshold: number | undefined
  readonly now: () => Date
}

export type BulkTier = Exclude<Tier, 'TRANSACTIONAL'>

/** Where bulk work is accepted and prepared: on a database pool of its own, a few at a time. */
export interface BulkAcceptance {
  /** @throws Overloaded where the tier is shed, or too much waits already */
  run<T>(tier: BulkTier, work: (database: Database) => Promise<T>): Promise<T>
}

/** Follows the inboxes of viewers, each once for all who listen. */
export interface InboxFeed {
  /**
   * Tells the listener every event of the viewer's inbox from now on, in order; an event is one object for all listeners.
   * Resolves with the head as it was after that began: what it holds may be told again. A change misses nobody, or is found
   * later by itself. undefined: the process is shutting down.
   */
  follow(userId: string, listener: InboxListener): Promise<FollowedInbox | undefined>
  /** Tells the listener nothing more. */
  unfollow(userId: string, listener: InboxListener): void
}

export interface InboxListener {
  tell(event: InboxEventShape): void
  /** There is nothing more: the process shuts down, or, with an error, what has happened could not be read. */
  end(error?: unknown): void
}

export interface FollowedInbox {
  readonly head: StoredHead
  readonly installation: string
}

/** Makes items of the broadcasts that somebody is to get, when he shows up. */
export interface Broadcasts {
  /** Resolves when everything that has been broadcast to him until now is in his inbox, or cannot be brought there. */
  arrive(userId: string): Promise<void>
  /**
   * Reads, and tells besides what is on its way into the inbox, oldest first: its answer need not wait until that is stored,
   * which it is a moment later. Who goes on from the head that was read hears of it again.
   */
  ahead<T extends Readable>(userId: string, read: () => Promise<T>): Promise<AheadOf<T>>
}

/** An inbox as it was read. */
export interface Readable {
  readonly head: InboxHead
  readonly behind: Behind | undefined
}

export interface AheadOf<T> {
  readonly found: T
  readonly coming: readonly InboxItem[]
}

/** What a resolver knows of its operation. */
export interface Context {
  readonly app: App
  readonly principal: Principal
  /** The HTTP header Idempotency-Key. */
  readonly idempotencyKey: string | undefined
}
