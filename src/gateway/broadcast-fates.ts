import { counting, decideBroadcast, inboxCaps } from '../domain/broadcast.ts'
import type { Recipient } from '../domain/decide.ts'
import { capKey, capsOn, type Frequency, type FrequencyCap } from '../domain/frequency-cap.ts'
import type { Notification } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import { log } from '../log.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { readFrequencyCaps } from '../store/frequency-caps.ts'
import { addCounts, readCounts } from '../store/frequency-counts.ts'
import { Lru } from '../store/lru.ts'
import type { BroadcastFate, MaterialisedBroadcast } from '../store/materialise.ts'
import { findNotification } from '../store/notifications.ts'
import type { Pending, PendingBroadcast } from '../store/pending-broadcasts.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { RedisConnection } from '../store/redis.ts'
import { templateVersion } from '../store/templates.ts'
import { compileTemplate } from '../templates/compile.ts'
import { RenderError } from '../templates/render-error.ts'
import { type Renderer, rendererOf } from '../templates/renderer.ts'

export interface FateDeps {
  readonly database: Database
  readonly cipher: Cipher
  readonly redis: RedisConnection | undefined
  readonly policy: Policy
  readonly readRecipients: ReadRecipients
  readonly now: () => Date
}

export interface Decided {
  readonly broadcasts: readonly MaterialisedBroadcast[]
  readonly fates: readonly BroadcastFate[]
}

/** Decides what becomes of broadcasts in inboxes. */
export interface Fates {
  /** `known`: the users, where they have been read already. */
  decide(pending: readonly Pending[], known?: Recipients): Promise<Decided>
  /** Counts what has come into inboxes against the caps on them. */
  count(fates: readonly BroadcastFate[]): Promise<void>
}

type Recipients = ReadonlyMap<string, Recipient>

interface Kept {
  readonly notification: Notification
  readonly render: Renderer
}

const keptBroadcasts = 200
const capsLastMs = 1000

export function openFates({ database, cipher, redis, policy, readRecipients, now }: FateDeps): Fates {
  const { pool } = database
  /** By number: what a broadcast says never changes. */
  const kept = new Lru<number, Kept>(keptBroadcasts)
  let caps: { readonly read: Promise<readonly FrequencyCap[]>; readonly atMs: number } | undefined

  /** Undefined: there is no telling what it says. */
  async function broadcastOf({ number, notificationId }: PendingBroadcast): Promise<[number, Kept | undefined]> {
    const known = kept.get(number)
    if (known !== undefined) return [number, known]
    const notification = await findNotification(pool, notificationId)
    const found = notification && (await templateVersion(database, notification.template, notification.templateVersion))
    if (notification === undefined || found === undefined) {
      log.error({ notificationId }, 'a broadcast is passed over: its notification or its template is gone')
      return [number, undefined]
    }
    const { data, secret, push } = notification
    const said = { data: secret === null ? data : JSON.parse(cipher.decrypt(secret)), push }
    const fresh = { notification, render: rendererOf(compileTemplate(found), said) }
    kept.set(number, fresh)
    return [number, fresh]
  }

  function readCaps(): Promise<readonly FrequencyCap[]> {
    const atMs = performance.now()
    if (caps === undefined || atMs - caps.atMs > capsLastMs) {
      caps = { read: readFrequencyCaps(pool).then(inboxCaps), atMs }
      caps.read.catch(() => {
        caps = undefined
      })
    }
    return caps.read
  }

  async function frequenciesOf(userIds: readonly string[], all: readonly FrequencyCap[]) {
    const keys = userIds.flatMap((userId) => all.map((cap) => ({ userId, cap })))
    const counts = await readCounts(redis, keys, now())
    const byUser = new Map<string, Map<string, number>>()
    keys.forEach(({ userId, cap }, index) => {
      const ofUser = byUser.get(userId) ?? new Map<string, number>()
      byUser.set(userId, ofUser.set(capKey(cap), counts[index] ?? 0))
    })
    return byUser
  }

  return {
    async decide(pending, people) {
      if (pending.length === 0) return { broadcasts: [], fates: [] }
      const userIds = pending.map(({ userId }) => userId)
      const distinct = new Map(pending.flatMap(({ broadcasts }) => broadcasts.map((each) => [each.number, each])))
      const [all, recipients, ...entries] = await Promise.all([
        readCaps(),
        people ?? readRecipients(pool, userIds),
        ...[...distinct.values()].map(broadcastOf),
      ])
      const known = new Map(entries)
      const counts = await frequenciesOf(userIds, all)
      const at = now()
      return {
        broadcasts: [...distinct.values()].flatMap((each) => commonOf(each, known.get(each.number)) ?? []),
        fates: pending.flatMap(({ userId, broadcasts }) => {
          let frequency: Frequency = { caps: all, counts: counts.get(userId) ?? new Map() }
          return broadcasts.flatMap(({ number }) => {
            const broadcast = known.get(number)
            if (broadcast === undefined) return []
            const fate = fateOf({ userId, number, at }, broadcast, recipients.get(userId), policy, frequency)
            if (fate.state === 'SENT') frequency = { caps: all, counts: counting(frequency, broadcast.notification) }
            return [fate]
          })
        }),
      }
    },
    async count(fates) {
      const all = await readCaps()
      if (all.length === 0) return
      const sent = Map.groupBy(
        fates.filter(({ state }) => state === 'SENT'),
        ({ number }) => number,
      )
      await Promise.all(
        [...sent].map(([number, ofBroadcast]) => {
          const notification = kept.get(number)?.notification
          if (notification === undefined) return undefined
          const met = capsOn(all, notification, 'IN_APP')
          const keys = ofBroadcast.flatMap(({ userId }) => met.map((cap) => ({ userId, cap })))
          return addCounts(redis, notification.id, keys, now())
        }),
      )
    },
  }
}

function commonOf(
  { number, madeAt: sentAt }: PendingBroadcast,
  kept: Kept | undefined,
): MaterialisedBroadcast | undefined {
  if (kept === undefined) return undefined
  const { id: notificationId, tier, category, data } = kept.notification
  return { number, notificationId, tier, category, data, sentAt }
}

function fateOf(
  key: Pick<BroadcastFate, 'userId' | 'number' | 'at'>,
  { notification, render }: Kept,
  recipient: Recipient | undefined,
  policy: Policy,
  frequency: Frequency,
): BroadcastFate {
  const { outcome, reason } = decideBroadcast(notification, recipient, key.at, policy, frequency)
  if (outcome !== 'deliver' || recipient === undefined) return { ...key, state: 'SUPPRESSED', reason, content: null }
  try {
    return { ...key, state: 'SENT', reason: null, content: render('IN_APP', recipient) }
  } catch (error) {
    if (error instanceof RenderError) return { ...key, state: 'FAILED', reason: 'render_error', content: null }
    // Nobody's inbox is shut for a broadcast that we fail at.
    log.error({ notificationId: notification.id, err: error }, 'a broadcast could not be rendered')
    return { ...key, state: 'FAILED', reason: 'internal_error', content: null }
  }
}
