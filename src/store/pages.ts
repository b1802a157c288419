import type { Pool, PoolClient } from 'pg'
import type { Decided } from '../domain/decided.ts'
import type { Counts } from '../domain/funnel.ts'
import { leaseMs, type Notification, type Slice } from '../domain/notification.ts'
import { insertBroadcast, type NewBroadcast } from './broadcasts.ts'
import { type CampaignStep, moveCampaignOn } from './campaign-turn.ts'
import type { Database } from './database.ts'
import { type DeadLetter, writeDeadLetters } from './dead-letters.ts'
import type { LoggedDelivery } from './delivery-log.ts'
import type { NewInboxItem } from './inbox-write.ts'
import { insertSlices } from './slices.ts'

/** A page of an audience, expanded and decided. */
export interface NewPage {
  readonly notificationId: string
  readonly number: number
  readonly isLast: boolean
  /** Behind whom the next page begins, where the audience is not a list. */
  readonly cursor: string | null
  readonly recipientCount: number
  readonly decided: Decided
  readonly counts: Counts
  readonly inboxItems: readonly NewInboxItem[]
  readonly slices: readonly Slice[]
  /** Deliveries that are not made, and why. */
  readonly suppressions: readonly LoggedDelivery[]
  readonly deadLetters: readonly DeadLetter[]
  /** What it means for the campaign that it is of. */
  readonly campaign?: CampaignStep | undefined
  /** What it makes besides, for those who show up. */
  readonly broadcast?: NewBroadcast | undefined
}

export interface CommittedPage {
  /** The inboxes that have changed, with their heads. */
  readonly heads: readonly { readonly userId: string; readonly seq: number; readonly unread: number }[]
  /** The number of the broadcast that it made. */
  readonly broadcast: number | undefined
}

/**
 * Commits a page with everything that follows from it, in one transaction. Resolves with undefined, and changes
 * nothing, where the page is there already or its notification has been cancelled.
 */
export function commitPage({ log }: Pick<Database, 'log'>, page: NewPage): Promise<CommittedPage | undefined> {
  return log.commit(async (client, writes) => {
    if (!(await takePage(client, page))) return undefined
    if (page.campaign !== undefined) await moveCampaignOn(client, page.notificationId, page.campaign)
    const heads = page.inboxItems.length > 0 ? await writes.addInboxItems(page.inboxItems) : []
    if (page.slices.length > 0) await insertSlices(client, page.slices)
    if (page.suppressions.length > 0) await writes.logDeliveries(page.suppressions)
    if (page.deadLetters.length > 0) await writeDeadLetters(client, page.number, page.deadLetters)
    const broadcast = page.broadcast && (await insertBroadcast(client, page.broadcast))
    return { heads, broadcast }
  })
}

/**
 * Lets the relay bring the next page again shortly, a little later each time, but while its lane still has enough to do for a second.
 * Nothing happens when somebody has committed it meanwhile.
 */
export async function putOffPage(pool: Pool, { id, pages }: Pick<Notification, 'id' | 'pages'>): Promise<void> {
  await pool.query({
    name: 'put-off-page',
    text: `UPDATE notification SET due_at = now() + interval '250 milliseconds' * (2 ^ least(generation, 2))
      WHERE id = $1 AND pages = $2 AND state IN ('SCHEDULED', 'ACCEPTED', 'FANNING_OUT')`,
    values: [id, pages],
  })
}

/** Locks the notification, moves its cursor on and inserts the page row; false: it is not ours to commit. */
async function takePage(client: PoolClient, page: NewPage): Promise<boolean> {
  // With slices the notification is looked at again when they have closed; without, at once.
  const nextLookMs = !page.isLast || page.slices.length > 0 ? leaseMs(0) : 0
  const { rowCount } = await client.query({
    name: 'take-page',
    text: `WITH moved AS (
        UPDATE notification SET pages = pages + 1, recipient_count = recipient_count + $3, state = $4,
          audience_cursor = $8, due_at = now() + make_interval(secs => $5), generation = 0, faults = 0
        WHERE id = $1 AND pages = $2 AND state IN ('SCHEDULED', 'ACCEPTED', 'FANNING_OUT')
        RETURNING id)
      INSERT INTO page (notification_id, number, recipient_count, decided, counts)
      SELECT id, $2, $3, $6, $7 FROM moved`,
    values: [
      page.notificationId,
      page.number,
      page.recipientCount,
      page.isLast ? 'DELIVERING' : 'FANNING_OUT',
      nextLookMs / 1000,
      JSON.stringify(page.decided),
      JSON.stringify(page.counts),
      page.cursor,
    ],
  })
  return rowCount === 1
}
