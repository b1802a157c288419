import { type Decidable, decide, type Recipient } from '../src/domain/decide.ts'
import { compactDecisions } from '../src/domain/decided.ts'
import { capKey, defaultFrequencyCaps, type Frequency } from '../src/domain/frequency-cap.ts'
import { defaultPolicySettings, openPolicy } from '../src/domain/policy.ts'
import { type QuietHours, withDefaults } from '../src/domain/preferences.ts'
import { channels, weekdays } from '../src/domain/words.ts'
import { loadTimeZones } from '../src/time-zone-data.ts'
import { median, quantile, rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'

const pageSize = 500
const targetMicros = 20

/** Deciding for a page of 500 recipients who have set everything that can be set, with warm caches. */
export async function deciding({ quick, say }: SuiteOptions): Promise<Report> {
  const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
  const pages = new Map(
    [
      ['MARKETING, EVERY: quiet hours, caps, muted categories', page('MARKETING', 'EVERY')],
      ['SOCIAL, FIRST: quiet hours, muted categories', page('SOCIAL', 'FIRST')],
      ['TRANSACTIONAL, EVERY', page('TRANSACTIONAL', 'EVERY')],
    ].map(([name, each]) => [String(name), each] as [string, Page]),
  )
  const measure = async (name: string, durationMs: number): Promise<readonly number[]> => {
    const micros: number[] = []
    const end = performance.now() + durationMs
    for (let n = 0; performance.now() < end; n++) {
      // The clock goes on, as it does: a minute for each page.
      const now = new Date(start.getTime() + n * 60_000)
      const before = performance.now()
      decidePage(pages.get(name), now, policy)
      micros.push(((performance.now() - before) * 1000) / pageSize)
    }
    return micros
  }
  say('warming up')
  for (const name of pages.keys()) await measure(name, quick ? 300 : 2000)
  say('measuring in turn')
  const results = await inTurn([...pages.keys()], quick ? 2 : 5, (name) => measure(name, quick ? 300 : 2000))
  return {
    tables: [{ title: `deciding for a page of ${pageSize} recipients, four channels each`, rows: rowsOf(results) }],
    notes: [
      'µs a recipient, wall clock of one thread, of each page by itself: every rule, and the compact record of the decisions that is stored with the page. Reading users, preferences and counts is not in it; deciding makes no query.',
      'Recipients of 40 zones and 12 windows, a fifth of them in their quiet hours when it begins; the clock moves on by a minute a page, so that windows of new days are worked out on the way.',
    ],
  }
}

const start = new Date('2026-11-22T18:00:00Z')

interface Page {
  readonly notification: Decidable
  readonly recipients: readonly Recipient[]
  readonly frequency: ReadonlyMap<string, Frequency>
}

function decidePage(each: Page | undefined, now: Date, policy: ReturnType<typeof openPolicy>): void {
  if (each === undefined) throw new Error('no such page')
  const { notification, recipients, frequency } = each
  const current = { ...notification, expiresAt: new Date(now.getTime() + 3_600_000) }
  const decisions = new Map(
    recipients.map((recipient) => [
      recipient.userId,
      decide(current, recipient, now, policy, frequency.get(recipient.userId)).decisions,
    ]),
  )
  if (Object.keys(compactDecisions(decisions).of).length !== pageSize) throw new Error('not all were decided')
}

function page(tier: Decidable['tier'], routing: Decidable['routing']): Page {
  const recipients = Array.from({ length: pageSize }, (_, n) => recipient(n))
  return {
    notification: { tier, category: 'news.weekly', channels, routing, expiresAt: start },
    recipients,
    frequency: new Map(
      recipients.map(({ userId }, n) => [
        userId,
        { caps: defaultFrequencyCaps, counts: new Map(defaultFrequencyCaps.map((cap) => [capKey(cap), n % 7])) },
      ]),
    ),
  }
}

const zones = Intl.supportedValuesOf('timeZone')
  .filter((_, n) => n % 10 === 0)
  .slice(0, 40)

function recipient(n: number): Recipient {
  const userId = `user-${n}`
  return {
    userId,
    email: `${userId}@example.com`,
    phone: '+15555550100',
    attributes: {},
    activeDevices: n % 3,
    preferences: withDefaults(
      {
        timeZone: zones[n % zones.length] ?? 'UTC',
        locale: 'en',
        channelOrder: n % 2 === 0 ? ['PUSH', 'IN_APP'] : [],
        channels: n % 5 === 0 ? { EMAIL: false } : {},
        categoryOverrides: { 'news.weekly': { SMS: n % 4 !== 0 }, 'social.like': { '*': false } },
        quietHours: window(n),
      },
      undefined,
    ),
  }
}

function window(n: number): QuietHours {
  const hour = (of: number) => `${of % 24}`.padStart(2, '0')
  const days = n % 2 === 0 ? weekdays : weekdays.slice(0, 5)
  return { start: `${hour(20 + (n % 4))}:00`, end: `${hour(6 + (n % 3))}:30`, days }
}

function rowsOf(results: ReadonlyMap<string, readonly Measured<readonly number[]>[]>): readonly Row[] {
  return [...results].map(([name, measured]) => {
    const micros = measured.flatMap(({ value }) => value)
    return {
      page: name,
      'p50 µs/recipient': rounded(median(micros), 2),
      'p99 µs/recipient': rounded(quantile(micros, 0.99), 2),
      'p50 ms/page': rounded((median(micros) * pageSize) / 1000, 2),
      target: `< ${targetMicros} µs ${median(micros) < targetMicros ? 'reached' : 'MISSED'}`,
      'foreign cores': worstForeign(measured),
    }
  })
}
