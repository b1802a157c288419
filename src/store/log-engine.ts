import type { PoolClient } from 'pg'
import type { DeliveryKey, InboxItemKey } from '../domain/ids.ts'
import type { InboxPosition, ItemAtChange } from '../domain/inbox-changes.ts'
import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import type { InboxMark } from '../domain/inbox-marks.ts'
import type { Logged } from '../domain/report.ts'
import type { Channel, DeliveryState } from '../domain/words.ts'
import type { Attempt } from './attempts.ts'
import type { Delivery } from './deliveries.ts'
import type { LoggedAttempt, LoggedDelivery } from './delivery-log.ts'
import type { CategoryCount, InboxPage, InboxQuery, StoredHead } from './inbox.ts'
import type { OneChange } from './inbox-changes.ts'
import type { MarkedItems } from './inbox-mark.ts'
import type { ChangedHead, NewInboxItem } from './inbox-write.ts'
import type { MaterialisedHead, Materialising } from './materialise.ts'
import type { DeliveryReport } from './reports.ts'
import type { UserDeliveryPosition } from './user-deliveries.ts'

/**
 * What grows with recipients: inbox items with their states, deliveries, attempts. Notifications, pages, slices, inbox
 * heads and dead letters are in PostgreSQL, whichever engine this is.
 */
export interface LogEngine extends InboxLog, DeliveryLog {
  /**
   * Runs `work` in a transaction of PostgreSQL. What it gives to `writes` is kept if the transaction commits, and only
   * then: it can be read when this resolves, or soon after that where the engine is away.
   */
  commit<T>(work: (client: PoolClient, writes: LogWrites) => Promise<T>): Promise<T>
  /** Writes what somebody has left behind who died, or while the engine was away. True: there may be more of it. */
  writeLeftovers(): Promise<boolean>
}

export interface InboxLog {
  /** Her head, up to a sequence to which everything can be read. */
  readInboxHead(userId: string): Promise<StoredHead>
  /** Items in the order in which they were added, newest first, and the head that they belong to. */
  readInboxPage(query: InboxQuery): Promise<InboxPage>
  /** Her items of these notifications, in no order. */
  findInboxItems(userId: string, notificationIds: readonly string[]): Promise<readonly InboxItem[]>
  /** For each of these items whether it is there and read. */
  areRead(items: readonly InboxItemKey[]): Promise<readonly boolean[]>
  /** The categories that have unread items, the fullest first. */
  countUnreadByCategory(userId: string): Promise<readonly CategoryCount[]>
  /**
   * What has happened to an inbox after a position, up to a sequence, in order: at most `limit` items. Undefined: it
   * cannot be told (any more).
   */
  readInboxChanges(
    userId: string,
    after: InboxPosition,
    upToSeq: number,
    limit: number,
  ): Promise<readonly ItemAtChange[] | undefined>
  /** What each of these changes, of as many inboxes, was made of: in their order, in one read. */
  readOneChangeEach(wanted: readonly OneChange[]): Promise<readonly (readonly ItemAtChange[])[]>
  /** Marks items of one inbox: one sequence number for all that change; items that are marked already stay as they are. */
  markInboxItems(mark: InboxMark, userId: string, notificationIds: readonly string[], now: Date): Promise<MarkedItems>
  /**
   * Marks every item read that was sent until then, archived ones too, with one sequence number. Returns the head, or
   * undefined when there was nothing to change.
   */
  markInboxAllRead(userId: string, sentUntil: Date, now: Date): Promise<InboxHead | undefined>
  /**
   * Makes ordinary items of broadcasts: all of it or nothing, and for each inbox only if its head is there and still as far
   * as it was. Broadcasts that are over by then are left out. Returns the heads of those inboxes; what is missing has to
   * be looked for again.
   */
  materialise(work: Materialising): Promise<readonly MaterialisedHead[]>
}

export interface DeliveryLog {
  /**
   * Writes deliveries and attempts by their keys: writing them again changes nothing but the time. A state is never
   * replaced by an earlier one of the same delivery (a SENT one stays sent whatever comes of its other devices), what a
   * provider has told of it never by what we make of it, and an attempt only where it was unknown what had come of it.
   */
  logDeliveries(deliveries: readonly LoggedDelivery[], attempts: readonly LoggedAttempt[]): Promise<void>
  /** What is known of a notification's deliveries to these recipients, on any channel, in no order. */
  readDeliveries(notificationId: string, recipientIds: readonly string[]): Promise<readonly StoredDelivery[]>
  /** What has been logged of a notification on a channel, by recipient, behind one; an empty text is before everybody. */
  listLogged(
    notificationId: string,
    channel: Channel,
    behind: string,
    limit: number,
  ): Promise<readonly LoggedDelivery[]>
  /** How many deliveries have been logged of a notification on a channel, by state. */
  countLogged(notificationId: string, channel: Channel): Promise<ReadonlyMap<DeliveryState, number>>
  /** What is known of a user's deliveries, her inbox items among them: newest notification first, then by channel. */
  listDeliveriesOf(userId: string, after: UserDeliveryPosition | undefined, limit: number): Promise<readonly Delivery[]>
  /** The attempts at each of the deliveries, oldest first. */
  readAttempts(keys: readonly DeliveryKey[]): Promise<readonly (readonly Attempt[])[]>
  /** Of these ids of a provider, those that other deliveries of the same recipient on the same channel are known by. */
  messagesOfOthers(key: DeliveryKey, messageIds: readonly string[]): Promise<ReadonlySet<string>>
}

export interface StoredDelivery extends Delivery {
  /** By a provider; else by us. */
  readonly reported: boolean
}

/** What is written together with a transaction of PostgreSQL. */
export interface LogWrites {
  /**
   * Adds items to inboxes: each user at most once in a call. Returns the heads of the inboxes, to be signalled after
   * commit. What keeps a repeat from coming here is the row of its page.
   */
  addInboxItems(items: readonly NewInboxItem[]): Promise<readonly ChangedHead[]>
  /** Those of these items that are not there; nobody else adds them before the transaction has ended. */
  absentItems(items: readonly NewInboxItem[]): Promise<readonly NewInboxItem[]>
  logDeliveries(deliveries: readonly LoggedDelivery[]): Promise<void>
  readAttempts(keys: readonly DeliveryKey[]): Promise<readonly (readonly Attempt[])[]>
  /**
   * What is known of each of these deliveries before it is told of: nobody else may be told of it until the transaction
   * has ended. `sent` where nothing was known, undefined where the notification is not of this installation. Each delivery
   * at most once.
   */
  lockReported(reports: readonly DeliveryReport[]): Promise<readonly (Logged | undefined)[]>
  /** What providers have told of deliveries that are locked. */
  logReported(reports: readonly DeliveryReport[]): Promise<void>
  /** Failures that are tried again: without an entry a delivery is what its open slice says. */
  forgetFailures(keys: readonly DeliveryKey[]): Promise<void>
}
