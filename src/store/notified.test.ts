import { afterAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { Notification } from '../domain/notification.ts'
import { removeFollows, upsertFollows } from './follows.ts'
import { nextNotified } from './notified.ts'
import { tidyNotifyLists } from './notify-lists.ts'

const { pool, close } = await ownDatabase('notified-test')
afterAll(close)

const begun = Date.now()
const at = (seconds: number) => new Date(begun + seconds * 1000)
const ask = (actorId: string, followerIds: readonly string[], seconds: number, notify = true) =>
  upsertFollows(pool, { actorId, followerIds, notify }, at(seconds))
const fans = (count: number) => Array.from({ length: count }, (_, n) => `${unique('fan')}-${n}`)

function aBroadcast(actorId: string, sentAt: Date): Notification {
  const accepted = aNewNotification({ audience: { followersOf: actorId }, createdAt: sentAt, fanOut: 'BROADCAST' })
  return { ...accepted, recipientCount: 0, funnel: null, pages: 1, audienceCursor: null }
}

/** Walks as far as it goes, each page when the one before it has been committed. */
async function walk(
  notification: Notification,
  now: Date,
  between: (page: number) => Promise<unknown> = async () => {},
) {
  const pages: string[][] = []
  let cursor = notification.audienceCursor
  for (;;) {
    const next = await nextNotified(pool, { ...notification, audienceCursor: cursor }, now)
    pages.push([...next.userIds])
    if (next.isLast) return pages
    cursor = next.cursor
    await between(pages.length)
  }
}

async function seenAt(userId: string, seconds: number): Promise<void> {
  await pool.query('INSERT INTO inbox_head (user_id, shown_at) VALUES ($1, $2)', [userId, at(seconds)])
}

it('are those who asked and still do: first who did lately, then who was active last', async () => {
  const actor = unique('ada')
  const [idle, first, second, phone, new_, quiet, gone, silent] = fans(8) as [string, ...string[]] as string[]
  await ask(actor, [idle, first, second, phone, gone, silent].map(String), 0)
  await ask(actor, [quiet ?? ''], 0, false)
  await seenAt(first ?? '', 50)
  await seenAt(second ?? '', 30)
  await pool.query(`INSERT INTO users (user_id) VALUES ($1)`, [phone])
  await pool.query(
    `INSERT INTO device (user_id, device_id, platform, token, app, environment, last_seen_at) VALUES ($1, 'p', 'IOS', $1, 'a', 'PRODUCTION', $2)`,
    [phone, at(40)],
  )
  await ask(actor, [new_ ?? ''], 500)
  await removeFollows(pool, { actorId: actor, followerIds: [gone ?? ''] }, at(400))
  await ask(actor, [silent ?? ''], 400, false)
  expect(await walk(aBroadcast(actor, at(510)), at(520))).toEqual([[new_], [first, phone, second, idle]])
})

it('are nobody who asked or followed only after it was sent', async () => {
  const actor = unique('ada')
  const [early, late] = fans(2)
  await ask(actor, [early ?? ''], 0)
  await ask(actor, [late ?? ''], 100)
  const reached = async (seconds: number) => (await walk(aBroadcast(actor, at(seconds)), at(520))).flat().toSorted()
  expect(await reached(50)).toEqual([early])
  expect(await reached(100)).toEqual([early, late].toSorted())
})

it('are one page without anybody where nobody has asked', async () => {
  expect(await walk(aBroadcast(unique('ada'), at(50)), at(520))).toEqual([[]])
})

describe('a walk', () => {
  it('meets everybody once, while the list is replaced, and people come, go and ask again', async () => {
    const actor = unique('ada')
    const all = fans(1700)
    await ask(actor, all, 0)
    const lately = fans(700)
    await ask(actor, lately, 1000)
    const notification = aBroadcast(actor, at(1010))
    const [back, off, left] = [all.slice(0, 20), all.slice(20, 40), all.slice(40, 60)]
    const pages = await walk(notification, at(1020), async (page) => {
      if (page !== 3) return
      await ask(actor, back, 1030, false).then(() => ask(actor, back, 1031))
      await ask(actor, off, 1030, false)
      await removeFollows(pool, { actorId: actor, followerIds: left }, at(1030))
      await ask(actor, fans(100), 1030)
      await pool.query(
        `INSERT INTO notification SELECT (json_populate_record(NULL::notification, json_build_object('id', $1::text,
          'caller_id', 'c', 'tier', 'SOCIAL', 'category', 'c', 'template', 't', 'template_version', 1, 'audience',
          json_build_object('followersOf', $2::text), 'channels', '{PUSH}', 'routing', 'EVERY', 'fan_out', 'BROADCAST',
          'state', 'FANNING_OUT', 'recipient_count', 0, 'pages', 1, 'generation', 0, 'faults', 0,
          'created_at', now(), 'expires_at', now()))).*`,
        [notification.id, actor],
      )
      await tidyNotifyLists(pool, at(8000))
    })
    const reached = pages.flat()
    expect(pages.map((page) => page.length)).toEqual([
      500,
      200,
      500,
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ])
    expect(new Set(reached).size).toBe(reached.length)
    const moved = new Set([...back, ...off, ...left])
    const stayed = [...all, ...lately].filter((id) => !moved.has(id))
    expect(stayed.filter((id) => !reached.includes(id))).toEqual([])
    expect(reached.filter((id) => !all.includes(id) && !lately.includes(id))).toEqual([])
    expect(await versions(actor)).toEqual([1, 2])
    await pool.query(`UPDATE notification SET state = 'DONE' WHERE id = $1`, [notification.id])
    await tidyNotifyLists(pool, at(8000))
    expect(await versions(actor)).toEqual([2])
    await tidyNotifyLists(pool, at(40 * 86_400))
    expect(await versions(actor)).toEqual([])
  })

  async function versions(actor: string): Promise<number[]> {
    const { rows } = await pool.query('SELECT DISTINCT version FROM notify_page WHERE actor_id = $1 ORDER BY 1', [
      actor,
    ])
    return rows.map((row) => row.version)
  }

  it('uses the list that there is for an hour, and makes one at a time', async () => {
    const actor = unique('ada')
    await ask(actor, fans(3), 0)
    const read = async () =>
      (await pool.query('SELECT version FROM notify_list WHERE actor_id = $1', [actor])).rows[0].version
    await Promise.all(Array.from({ length: 5 }, () => walk(aBroadcast(actor, at(500)), at(500))))
    expect(await read()).toBe(1)
    await walk(aBroadcast(actor, at(3000)), at(3000))
    expect(await read()).toBe(1)
    await Promise.all(Array.from({ length: 5 }, () => walk(aBroadcast(actor, at(5000)), at(5000))))
    expect(await read()).toBe(2)
  })
})
