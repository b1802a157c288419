import { ulid } from 'ulid'
import { campaignId, notificationId } from '../src/domain/ids.ts'
import { defaultPolicySettings, openPolicy } from '../src/domain/policy.ts'
import { startCampaign } from '../src/store/campaign-steps.ts'
import { createCampaign, findCampaign } from '../src/store/campaigns.ts'
import { openDatabase } from '../src/store/database.ts'
import { findNotification } from '../src/store/notifications.ts'
import { loadTimeZones } from '../src/time-zone-data.ts'
import { takeTurn } from '../src/workers/campaign-turn.ts'
import { foreignLoad } from './foreign-load.ts'
import { rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { startBenchServers } from './servers.ts'

const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'America/Sao_Paulo', 'Africa/Lagos', 'Asia/Kolkata']

/** How long a campaign takes to be opened, before its first page: counted, and divided by time zone where clocks have a say. */
export async function campaign({ quick, say }: SuiteOptions): Promise<Report> {
  const count = quick ? 20_000 : 1_000_000
  const servers = await startBenchServers()
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 4, name: 'bench' })
  const { pool } = database
  say(`inviting ${count} people`)
  await pool.query(
    `INSERT INTO users (user_id, region, time_zone)
      SELECT 'reader-' || lpad(n::text, 7, '0'), 'bench', ($2::text[])[1 + n % 6] FROM generate_series(0, $1 - 1) AS n`,
    [count, zones],
  )
  await pool.query('ANALYZE users')
  const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
  const rows: Row[] = []
  for (const [title, localTime] of [
    ['at once', null],
    ['by the clocks of six zones', '10:00'],
  ] as const) {
    const { id } = await createCampaign(pool, aCampaign(localTime), undefined)
    const started = await startCampaign(pool, id, notificationId(ulid()), new Date())
    const notification = await findNotification(pool, started?.notificationId ?? '')
    if (notification === undefined) throw new Error('the campaign has no notification')
    const load = foreignLoad()
    const begun = performance.now()
    await takeTurn({ database, policy, now: () => new Date() }, notification, id)
    const seconds = (performance.now() - begun) / 1000
    const opened = await findCampaign(pool, id)
    if (opened?.recipientCount !== count) throw new Error(`${opened?.recipientCount} recipients instead of ${count}`)
    rows.push({
      campaign: title,
      recipients: count,
      'opened after s': rounded(seconds, 2),
      'foreign cores': rounded(load() ?? 0, 2),
    })
  }
  await database.close()
  await servers.stop()
  return {
    tables: [{ title: 'from its first turn until its recipients are counted and divided', rows }],
    notes: ['A segment of everybody there is, by region. PostgreSQL and this process share the machine.'],
  }
}

function aCampaign(localTime: string | null) {
  return {
    id: campaignId(ulid()),
    callerId: 'clr_bench',
    name: 'bench',
    tier: 'MARKETING',
    category: 'news',
    template: 'news',
    templateVersion: 1,
    data: {},
    secret: null,
    audience: { segment: 'bench', filter: { attribute: { path: 'region', equals: 'bench' } } },
    channels: ['IN_APP'],
    perSecond: 10_000,
    startAt: null,
    localTime,
    sendWindow: null,
    expiresAt: null,
    createdAt: new Date(),
  } as const
}
