import type { PoolClient } from 'pg'
import { writeDeadLetters } from './dead-letters.ts'
import type { LoggedDelivery } from './delivery-log.ts'
import type { NewInboxItem } from './inbox-write.ts'
import type { LogEngine } from './log-engine.ts'
import type { BroadcastFate, MaterialisedBroadcast, MaterialisedHead, Materialising } from './materialise.ts'

/** {@link LogEngine.materialise} for any engine, by what it has for pages: in more round trips than one. */
export function materialiseByCommit(
  { commit }: Pick<LogEngine, 'commit'>,
  work: Materialising,
): Promise<readonly MaterialisedHead[]> {
  return commit(async (client, writes) => {
    const locked = new Set(await lockHeads(client, work))
    const open = new Set(await openBroadcasts(client, work))
    const common = new Map(work.broadcasts.map((each) => [each.number, each]))
    const fates = work.fates.flatMap((fate) => {
      const broadcast = common.get(fate.number)
      return broadcast && locked.has(fate.userId) && open.has(fate.number) ? [{ fate, broadcast }] : []
    })
    const items = new Map<string, number>()
    // One item of each inbox at a time, so that their sequences are in the order of the broadcasts.
    for (const round of rounds(fates)) {
      const absent = await writes.absentItems(round.flatMap(({ fate, broadcast }) => itemOf(fate, broadcast) ?? []))
      for (const { userId } of await writes.addInboxItems(absent)) items.set(userId, (items.get(userId) ?? 0) + 1)
    }
    const logged = fates.map(({ fate, broadcast }) => deliveryOf(fate, broadcast))
    if (logged.length > 0) await writes.logDeliveries(logged)
    const failed = logged.filter(({ state }) => state === 'FAILED')
    if (failed.length > 0) await writeDeadLetters(client, 0, failed.map(letterOf))
    const heads = await moveHeads(client, work, locked)
    return heads.map((head) => ({ ...head, items: items.get(head.userId) ?? 0 }))
  })
}

interface Fated {
  readonly fate: BroadcastFate
  readonly broadcast: MaterialisedBroadcast
}

async function lockHeads(client: PoolClient, { inboxes }: Materialising): Promise<readonly string[]> {
  const { rows } = await client.query<{ user_id: string }>(
    `SELECT h.user_id FROM inbox_head h JOIN unnest($1::text[], $2::bigint[]) AS a (user_id, from_seq) USING (user_id)
      WHERE h.broadcast_seq = a.from_seq ORDER BY h.user_id FOR UPDATE OF h`,
    [inboxes.map(({ userId }) => userId), inboxes.map(({ from }) => from)],
  )
  return rows.map((row) => row.user_id)
}

async function openBroadcasts(client: PoolClient, { broadcasts }: Materialising): Promise<readonly number[]> {
  const { rows } = await client.query<{ number: number }>(
    'SELECT number::float8 AS number FROM broadcast WHERE number = ANY ($1)',
    [broadcasts.map(({ number }) => number)],
  )
  return rows.map((row) => row.number)
}

async function moveHeads(client: PoolClient, { inboxes }: Materialising, locked: ReadonlySet<string>) {
  const moved = inboxes.filter(({ userId }) => locked.has(userId))
  const { rows } = await client.query<Omit<MaterialisedHead, 'items'>>(
    `UPDATE inbox_head h SET broadcast_seq = a.up_to, shown_at = now()
      FROM unnest($1::text[], $2::bigint[]) AS a (user_id, up_to) WHERE h.user_id = a.user_id
      RETURNING h.user_id AS "userId", h.seq::float8 AS seq, h.unread`,
    [moved.map(({ userId }) => userId), moved.map(({ upTo }) => upTo)],
  )
  return rows
}

function rounds(fates: readonly Fated[]): readonly (readonly Fated[])[] {
  const byUser = Map.groupBy(
    fates.filter(({ fate }) => fate.content !== null),
    ({ fate }) => fate.userId,
  )
  const ordered = [...byUser.values()].map((each) => each.toSorted((a, b) => a.fate.number - b.fate.number))
  const most = Math.max(0, ...ordered.map(({ length }) => length))
  return Array.from({ length: most }, (_, n) => ordered.flatMap((each) => each[n] ?? []))
}

function itemOf({ userId, content }: BroadcastFate, broadcast: MaterialisedBroadcast): NewInboxItem | undefined {
  const { number: _number, ...common } = broadcast
  return content === null ? undefined : { ...content, ...common, userId }
}

function deliveryOf({ userId, state, reason, at }: BroadcastFate, { notificationId }: MaterialisedBroadcast) {
  const delivery: LoggedDelivery = {
    ...{ notificationId, recipientId: userId, channel: 'IN_APP', state, reason, provider: null, updatedAt: at },
  }
  return delivery
}

function letterOf({ notificationId, recipientId, reason, updatedAt: at }: LoggedDelivery) {
  const channel = 'IN_APP' as const
  return { notificationId, recipientId, channel, provider: null, reason: reason ?? 'internal_error', attempts: 0, at }
}
