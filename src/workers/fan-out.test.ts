import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { Audience } from '../domain/notification.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { openCipher } from '../store/cipher.ts'
import { removeFollows, upsertFollows } from '../store/follows.ts'
import { acceptNotification, findNotification, type NewNotification } from '../store/notifications.ts'
import { readRecipients } from '../store/recipients.ts'
import { type NewTemplate, upsertTemplate } from '../store/templates.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { type FanOutDeps, fanOut } from './fan-out.ts'

// A database of its own: how much work the lanes of a tier have is counted over all of it.
const database = await ownDatabase('fan-out-test', 10)
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'fan-out-test')
await streams.declare()
afterAll(async () => {
  await streams.close()
  await database.close()
})

const deps: FanOutDeps = {
  database,
  streams,
  cipher: openCipher('a secret key for tests, long enough'),
  redis: undefined,
  policy: openPolicy(loadTimeZones(), defaultPolicySettings),
  readRecipients,
  now: () => new Date(),
}

const everybody = Array.from({ length: 2300 }, (_, n) => `user-${String(n).padStart(4, '0')}`)
const actorId = 'ada'
beforeAll(async () => {
  await pool.query(
    `INSERT INTO users (user_id, phone, attributes) SELECT id, '+15555550123', '{"fan": true}' FROM unnest($1::text[]) AS id`,
    [everybody],
  )
  await upsertFollows(pool, { actorId, followerIds: everybody, notify: false }, new Date())
  await upsertTemplate(database, aTemplate('inbox', { inApp: { title: 'Hi', body: 'there' } }), new Date())
  await upsertTemplate(database, aTemplate('sms', { sms: { body: 'Hi' } }), new Date())
})

function aTemplate(name: string, content: Omit<NewTemplate['contents'][number], 'locale'>): NewTemplate {
  const contents = [{ locale: 'en', ...content }]
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  return { name, tier: 'SOCIAL', category: 'social.post', ...flags, dataSchema: null, contents }
}

async function accepted(audience: Audience, change: Partial<NewNotification> = {}): Promise<string> {
  const inbox = aNewNotification({
    audience,
    template: 'inbox',
    channels: ['IN_APP'],
    createdAt: new Date(),
    ...change,
  })
  return (await acceptNotification(pool, inbox, undefined)).notification.id
}

const bySms = { template: 'sms', channels: ['SMS'] } as const

/** What a worker does with a message about a notification, whichever page it names. */
const onePage = (notificationId: string, { tier = 'SOCIAL' as const, of = deps } = {}) =>
  fanOut(of, { notificationId, tier, page: 0, generation: 0 })

/** Lets so many workers have every message at once, as redeliveries do, until the audience is expanded. */
async function expanded(notificationId: string, workers = 1): Promise<void> {
  while ((await findNotification(pool, notificationId))?.state !== 'DELIVERING') {
    await Promise.all(Array.from({ length: workers }, () => onePage(notificationId)))
  }
}

async function inboxesWith(notificationId: string): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: string }>(
    'SELECT user_id FROM inbox_item WHERE notification_id = $1 ORDER BY user_id COLLATE "C"',
    [notificationId],
  )
  return rows.map((row) => row.user_id)
}

describe('an audience', () => {
  it('is expanded page by page, and counted as far as it is', async () => {
    const id = await accepted({ followersOf: actorId })
    await onePage(id)
    expect(await findNotification(pool, id)).toMatchObject({
      state: 'FANNING_OUT',
      pages: 1,
      recipientCount: 500,
      audienceCursor: everybody[499],
    })
    await expanded(id)
    expect(await findNotification(pool, id)).toMatchObject({ state: 'DELIVERING', pages: 5, recipientCount: 2300 })
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('that nobody is in is expanded at once', async () => {
    const id = await accepted({ followersOf: unique('nobody') })
    await onePage(id)
    expect(await findNotification(pool, id)).toMatchObject({ state: 'DELIVERING', pages: 1, recipientCount: 0 })
  })

  it('is a segment by the filter that it had', async () => {
    const filter = { attribute: { path: 'fan', equals: true } }
    const id = await accepted({ segment: 'fans', filter })
    await expanded(id)
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('reaches everybody once, however many workers have its pages at once', async () => {
    const id = await accepted({ followersOf: actorId })
    await expanded(id, 4)
    expect(await inboxesWith(id)).toEqual(everybody)
    expect(await findNotification(pool, id)).toMatchObject({ pages: 5, recipientCount: 2300 })
  })

  it('reaches everybody once when each of its workers dies with a page that it has not committed', async () => {
    const id = await accepted({ followersOf: actorId })
    const dying: FanOutDeps = {
      ...deps,
      readRecipients: async (...read) => {
        await readRecipients(...read)
        throw new Error('killed')
      },
    }
    while ((await findNotification(pool, id))?.state !== 'DELIVERING') {
      await expect(onePage(id, { of: dying })).rejects.toThrow('killed')
      await onePage(id)
    }
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('reaches everybody once who was there all along, while others come and go', async () => {
    const busy = unique('busy')
    const [stay, leave, come] = [0, 1, 2].map((rest) => everybody.filter((_, n) => n % 3 === rest))
    await upsertFollows(
      pool,
      { actorId: busy, followerIds: [...(stay ?? []), ...(leave ?? [])], notify: false },
      new Date(),
    )
    const id = await accepted({ followersOf: busy })
    const leaving = (leave ?? []).toReversed()
    const coming = (come ?? []).toReversed()
    while ((await findNotification(pool, id))?.state !== 'DELIVERING') {
      const [gone, new_] = [leaving.splice(0, 200), coming.splice(0, 200)]
      await Promise.all([
        onePage(id),
        onePage(id),
        removeFollows(pool, { actorId: busy, followerIds: gone }, new Date()),
        upsertFollows(pool, { actorId: busy, followerIds: new_, notify: false }, new Date(Date.now() + 1000)),
      ])
    }
    const reached = await inboxesWith(id)
    expect(reached.filter((user) => stay?.includes(user))).toEqual(stay)
    expect(reached.filter((user) => come?.includes(user))).toEqual([])
    expect(new Set(reached).size).toBe(reached.length)
  })

  it('is left alone from the moment at which its notification is cancelled', async () => {
    const id = await accepted({ followersOf: actorId })
    await onePage(id)
    await pool.query(`UPDATE notification SET state = 'CANCELLED' WHERE id = $1`, [id])
    await onePage(id)
    expect(await inboxesWith(id)).toHaveLength(500)
  })
})

describe('while the lanes of a tier stand still', () => {
  let waiting: string[] = []
  beforeAll(async () => {
    waiting = await Promise.all(Array.from({ length: 20 }, () => accepted({ followersOf: actorId }, bySms)))
    for (let n = 0; n < 3; n++) await Promise.all(waiting.map((id) => onePage(id)))
  })

  async function openSlices(ids: readonly string[]): Promise<number> {
    const { rows } = await pool.query<{ open: number }>(
      'SELECT count(*)::int AS open FROM slice WHERE notification_id = ANY ($1) AND open',
      [ids],
    )
    return rows[0]?.open ?? 0
  }

  it('little is queued, however many audiences there are to expand', async () => {
    expect(await openSlices(waiting)).toBe(10)
  })

  it('what somebody is sent by name does not wait', async () => {
    const like = await accepted({ userIds: ['user-0001'] }, bySms)
    await onePage(like)
    expect(await openSlices([like])).toBe(1)
  })

  it('nothing that is transactional waits', async () => {
    const tier = 'TRANSACTIONAL'
    const id = await accepted({ userIds: everybody.slice(0, 1000) }, { ...bySms, tier })
    for (let n = 0; n < 2; n++) await fanOut(deps, { notificationId: id, tier, page: n, generation: 0 })
    expect(await openSlices([id])).toBe(10)
  })

  it('what goes to inboxes only has no lane to wait for', async () => {
    const id = await accepted({ followersOf: actorId })
    await expanded(id)
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('the rest waits in PostgreSQL, and goes on when they move', async () => {
    const { rows } = await pool.query<{ soon: boolean }>(
      `SELECT due_at < now() + interval '5 seconds' AS soon FROM notification WHERE id = ANY ($1)`,
      [waiting],
    )
    expect(rows.map(({ soon }) => soon)).toEqual(waiting.map(() => true))
    const moveOn = async () => {
      await pool.query('UPDATE slice SET open = false, closed_at = now() WHERE open')
      await Promise.all(waiting.map((id) => onePage(id)))
      const now = await Promise.all(waiting.map((id) => findNotification(pool, id)))
      return now.map((each) => [each?.state, each?.pages, each?.recipientCount])
    }
    await expect.poll(moveOn, { timeout: 25_000 }).toEqual(waiting.map(() => ['DELIVERING', 5, 2300]))
  })
})
