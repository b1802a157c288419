import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { aNewCampaign } from '../../test/setup/a-campaign.ts'
import { address } from '../../test/setup/address.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import type { Campaign } from '../domain/campaign.ts'
import { notificationId } from '../domain/ids.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '../store/campaign-steps.ts'
import { createCampaign, findCampaign, type NewCampaign } from '../store/campaigns.ts'
import { openCipher } from '../store/cipher.ts'
import { takeDueSlices } from '../store/due.ts'
import { finishNotification } from '../store/finish.ts'
import { upsertFollows } from '../store/follows.ts'
import { tidy } from '../store/housekeeping.ts'
import { findNotification } from '../store/notifications.ts'
import { readRecipients } from '../store/recipients.ts'
import { type NewTemplate, upsertTemplate } from '../store/templates.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { type FanOutDeps, fanOut } from './fan-out.ts'

// A database of its own: how much work the lanes of a tier have is counted over all of it.
const database = await ownDatabase('campaign-test', 10)
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'campaign-test')
await streams.declare()
afterAll(async () => {
  await streams.close()
  await database.close()
})

/** The clock of workers and callers; a second before real time, so that whoever is in an audience was so by then. */
let clock = new Date()
const later = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000)
}

const deps: FanOutDeps = {
  database,
  streams,
  cipher: openCipher('a secret key for tests, long enough'),
  redis: undefined,
  policy: openPolicy(loadTimeZones(), { ...defaultPolicySettings, campaignTimeZone: 'Asia/Tokyo' }),
  readRecipients,
  now: () => clock,
}

const everybody = Array.from({ length: 1200 }, (_, n) => `user-${String(n).padStart(4, '0')}`)
const zones = ['Europe/Berlin', 'America/New_York', null] as const
const zoneOf = (userId: string) => zones[everybody.indexOf(userId) % 3]
const [berlin, newYork, nowhere] = zones.map((zone) => everybody.filter((userId) => zoneOf(userId) === zone))

beforeAll(async () => {
  await pool.query(
    `INSERT INTO users (user_id, phone, time_zone) SELECT id, '+15555550123', zone FROM unnest($1::text[], $2::text[]) AS u (id, zone)`,
    [everybody, everybody.map(zoneOf)],
  )
  await upsertFollows(pool, { actorId: 'ada', followerIds: everybody, notify: false }, new Date(0))
  await upsertTemplate(database, aTemplate('inbox', { inApp: { title: 'Hi', body: 'there' } }), new Date())
  await upsertTemplate(database, aTemplate('sms', { sms: { body: 'Hi' } }), new Date())
})

function aTemplate(name: string, content: Omit<NewTemplate['contents'][number], 'locale'>): NewTemplate {
  const contents = [{ locale: 'en', ...content }]
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  return { name, tier: 'MARKETING', category: 'news', ...flags, dataSchema: null, contents }
}

/** A campaign to everybody's inbox that runs, at a pace of pages of 100. */
async function started(change: Partial<NewCampaign> = {}): Promise<string> {
  const draft = await createCampaign(pool, aNewCampaign({ createdAt: clock, ...change }), undefined)
  await startCampaign(pool, draft.id, notificationId(ulid()), clock)
  return draft.id
}

async function read(id: string): Promise<Campaign> {
  const campaign = await findCampaign(pool, id)
  if (campaign === undefined) throw new Error('there is no such campaign')
  return campaign
}

async function notificationOf(id: string): Promise<string> {
  return (await read(id)).notificationId ?? ''
}

/** What a worker does with a message about its notification. */
async function work(id: string, of = deps): Promise<void> {
  await fanOut(of, { notificationId: await notificationOf(id), tier: 'MARKETING', page: 0, generation: 0 })
}

/** Lets several workers at it, again and again, for so many seconds of the clock. */
async function worked(id: string, seconds: number, workers = 2): Promise<void> {
  for (let tenths = 0; tenths < seconds * 10; tenths++) {
    await Promise.all(Array.from({ length: workers }, () => work(id)))
    later(0.1)
  }
}

async function untilExpanded(id: string): Promise<void> {
  while ((await findNotification(pool, await notificationOf(id)))?.state !== 'DELIVERING') await worked(id, 1)
}

async function inboxesWith(id: string): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: string }>(
    'SELECT user_id FROM inbox_item WHERE notification_id = $1 ORDER BY user_id COLLATE "C"',
    [await notificationOf(id)],
  )
  return rows.map((row) => row.user_id)
}

async function dueAt(id: string): Promise<Date | null | undefined> {
  const { rows } = await pool.query<{ due_at: Date | null }>('SELECT due_at FROM notification WHERE id = $1', [
    await notificationOf(id),
  ])
  return rows[0]?.due_at
}

describe('a campaign', () => {
  it('counts its recipients when it starts, reaches each once, and is done when its notification is', async () => {
    const id = await started()
    expect(await read(id)).toMatchObject({ state: 'RUNNING', recipientCount: null, processed: 0, startedAt: clock })
    await work(id)
    expect(await read(id)).toMatchObject({ recipientCount: 1200, processed: 0 })
    await untilExpanded(id)
    expect(await inboxesWith(id)).toEqual(everybody)
    expect(await read(id)).toMatchObject({ state: 'RUNNING', processed: 1200 })
    await finishNotification(pool, await notificationOf(id))
    expect(await read(id)).toMatchObject({ state: 'DONE', recipientCount: 1200, processed: 1200 })
  })

  it('goes at its pace, however many workers there are', async () => {
    const id = await started()
    await work(id)
    const from = clock
    await worked(id, 3, 4)
    expect((await read(id)).processed).toBe(600)
    later(-0.1)
    await work(id)
    expect(await dueAt(id)).toEqual(new Date(from.getTime() + 3000))
    await worked(id, 1.5, 4)
    expect((await read(id)).processed).toBeLessThanOrEqual(900)
  })

  it('makes up for a second that was lost, and for no more', async () => {
    const id = await started()
    await worked(id, 1)
    const { processed } = await read(id)
    later(60)
    for (let n = 0; n < 10; n++) await work(id)
    expect((await read(id)).processed - processed).toBe(300)
  })

  it('expands nothing while it is paused, goes on where it was, and leaves nobody out', async () => {
    const id = await started()
    await worked(id, 1)
    expect(await pauseCampaign(pool, id, clock)).toMatchObject({ state: 'PAUSED', processed: 200 })
    await worked(id, 3)
    expect(await read(id)).toMatchObject({ state: 'PAUSED', processed: 200 })
    expect(await dueAt(id)).toBeNull()
    const expiry = (await findNotification(pool, await notificationOf(id)))?.expiresAt
    expect(await resumeCampaign(pool, id, clock)).toMatchObject({ state: 'RUNNING', processed: 200 })
    expect((await dueAt(id))?.getTime()).toBeLessThanOrEqual(Date.now())
    expect((await findNotification(pool, await notificationOf(id)))?.expiresAt).toEqual(
      new Date((expiry?.getTime() ?? 0) + 3000),
    )
    await untilExpanded(id)
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('reaches everybody once when it is paused and resumed while workers are at it', async () => {
    const id = await started()
    while ((await findNotification(pool, await notificationOf(id)))?.state !== 'DELIVERING') {
      await Promise.all([work(id), pauseCampaign(pool, id, clock), work(id), resumeCampaign(pool, id, clock), work(id)])
      await resumeCampaign(pool, id, clock)
      later(0.2)
    }
    expect(await inboxesWith(id)).toEqual(everybody)
    expect(await read(id)).toMatchObject({ processed: 1200 })
  })

  it('is left alone from the moment at which it is cancelled', async () => {
    const id = await started()
    await worked(id, 1)
    expect(await cancelCampaign(pool, id, clock)).toMatchObject({ state: 'CANCELLED' })
    await worked(id, 2)
    expect(await inboxesWith(id)).toEqual(everybody.slice(0, 200))
  })

  it.each<[string, Partial<NewCampaign>]>([
    ['', {}],
    [', by zone', { localTime: '10:00' }],
  ])('reaches everybody once when workers die with pages that they have not committed%s', async (_how, change) => {
    const id = await started(change)
    const dying: FanOutDeps = {
      ...deps,
      readRecipients: async (...asked) => {
        await readRecipients(...asked)
        throw new Error('killed')
      },
    }
    while ((await findNotification(pool, await notificationOf(id)))?.state !== 'DELIVERING') {
      await work(id, dying).catch((error: unknown) => expect(error).toEqual(new Error('killed')))
      await work(id)
      later(change.localTime ? 600 : 0.5)
    }
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('keeps what has not been handed out while it is paused', async () => {
    const id = await started({ template: 'sms', channels: ['SMS'] })
    await work(id)
    await work(id)
    const notification = await notificationOf(id)
    await pool.query(`UPDATE slice SET due_at = now() - interval '1 second' WHERE notification_id = $1`, [notification])
    const due = async () =>
      (await takeDueSlices(pool, 'MARKETING', 1000)).filter(({ id }) => id.includes(notification.slice(4)))
    await pauseCampaign(pool, id, clock)
    expect(await due()).toEqual([])
    await resumeCampaign(pool, id, clock)
    expect(await due()).toHaveLength(1)
  })
})

test('a campaign for later is scheduled until then, and counted then', async () => {
  const id = await started({ startAt: new Date(clock.getTime() + 3_600_000) })
  expect(await read(id)).toMatchObject({ state: 'SCHEDULED', startedAt: null })
  expect(await dueAt(id)).toEqual(new Date(clock.getTime() + 3_600_000))
  later(3600)
  await work(id)
  expect(await read(id)).toMatchObject({ state: 'RUNNING', startedAt: clock, recipientCount: 1200 })
})

describe('by the recipients’ clocks, a campaign', () => {
  const at = (text: string) => {
    clock = new Date(text)
  }
  const sorted = (...lists: (readonly string[] | undefined)[]) => lists.flatMap((list) => list ?? []).toSorted()

  it('comes at its local time in each zone, and in the fallback zone where none is known', async () => {
    at('2027-03-10T00:30:00Z')
    const id = await started({ localTime: '10:00', perSecond: 10_000 })
    await worked(id, 1)
    expect(await inboxesWith(id)).toEqual([])
    expect(await dueAt(id)).toEqual(new Date('2027-03-10T01:00:00Z'))
    at('2027-03-10T01:00:00Z')
    await worked(id, 1)
    expect(await inboxesWith(id)).toEqual(nowhere)
    expect(await dueAt(id)).toEqual(new Date('2027-03-10T09:00:00Z'))
    at('2027-03-10T09:00:00Z')
    await worked(id, 1)
    expect(await inboxesWith(id)).toEqual(sorted(nowhere, berlin))
    at('2027-03-10T14:59:59.800Z')
    await work(id)
    expect(await inboxesWith(id)).toEqual(sorted(nowhere, berlin))
    at('2027-03-10T15:00:00Z')
    await worked(id, 1)
    expect(await inboxesWith(id)).toEqual(everybody)
    expect(await findNotification(pool, await notificationOf(id))).toMatchObject({ state: 'DELIVERING' })
  })

  it('neither leaves out nor meets twice who moves meanwhile', async () => {
    at('2027-03-10T00:30:00Z')
    const id = await started({ localTime: '10:00', perSecond: 10_000 })
    await work(id)
    const [early, late] = [nowhere?.[0] ?? '', newYork?.[0] ?? '']
    at('2027-03-10T01:00:00Z')
    await worked(id, 1)
    const move = (userId: string, zone: string | null | undefined) =>
      pool.query('UPDATE users SET time_zone = $2 WHERE user_id = $1', [userId, zone])
    await Promise.all([move(early, 'America/New_York'), move(late, 'Asia/Tokyo')])
    at('2027-03-10T15:00:00Z')
    await worked(id, 1)
    await Promise.all([move(early, null), move(late, 'America/New_York')])
    expect(await inboxesWith(id)).toEqual(everybody)
    expect(await read(id)).toMatchObject({ processed: 1200 })
  })

  it('rests outside of its window, also when that closes in the middle', async () => {
    at('2027-03-10T15:59:59Z')
    const sendWindow = { start: '09:00', end: '17:00', days: ['WEDNESDAY', 'THURSDAY'] as const }
    const id = await started({ sendWindow, perSecond: 100 })
    await worked(id, 10)
    // Berlin comes first, since it closes in a second; New York is open; Tokyo is closed.
    const met = await inboxesWith(id)
    expect(met).toEqual(sorted(newYork, berlin?.slice(0, 100)))
    expect(await dueAt(id)).toEqual(new Date('2027-03-11T00:00:00Z'))
    at('2027-03-11T00:00:00Z')
    await worked(id, 5)
    at('2027-03-11T08:00:00Z')
    await worked(id, 5)
    expect(await inboxesWith(id)).toEqual(everybody)
  })

  it('keeps nobody in mind once it is expanded', async () => {
    await tidy(pool, { deviceInactiveDays: 0, broadcastDays: 90, retentionDays: 0 }, new Date())
    const { rows } = await pool.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id
        JOIN notification n ON n.id = c.notification_id WHERE n.state = 'DELIVERING'`,
    )
    expect(rows).toEqual([{ left: 0 }])
  })

  it('with nobody in it comes to its end', async () => {
    const id = await started({ localTime: '10:00', audience: { followersOf: 'nobody' } })
    await work(id)
    await work(id)
    expect(await findNotification(pool, await notificationOf(id))).toMatchObject({
      state: 'DELIVERING',
      recipientCount: 0,
    })
  })
})
