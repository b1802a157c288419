import { deliveryId } from '../../src/domain/ids.ts'
import type { Channel } from '../generated/operations.ts'
import type { Asked, DeliveryFact, Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

/** What became of every delivery that was asked for. */
export interface Fates {
  readonly deliveries: number
  readonly reached: number
  readonly ended: Readonly<Record<string, number>>
  readonly unknown: number
  readonly violations: readonly Violation[]
}

type Fate =
  | { readonly kind: 'reached' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'lost'; readonly what: string }

/**
 * Follows each accepted notification × recipient × channel: it is where it was to go, or the service says why it is
 * not. What was committed without an answer for the caller counts as accepted.
 */
export function fatesOf(facts: Facts): Fates {
  const seen = lookUp(facts)
  const fates = facts.asked.flatMap((asked) => fatesOfOne(asked, facts, seen))
  const lost = fates.flatMap((fate): Violation[] => (fate.kind === 'lost' ? [{ rule: 'lost', what: fate.what }] : []))
  return {
    deliveries: fates.length,
    reached: fates.filter(({ kind }) => kind === 'reached').length,
    unknown: fates.filter(({ kind }) => kind === 'unknown').length,
    ended: Object.fromEntries(
      [...Map.groupBy(fates, (fate) => (fate.kind === 'ended' ? fate.how : ''))]
        .filter(([how]) => how !== '')
        .map(([how, of]) => [how, of.length]),
    ),
    violations: [...lost, ...missedDevices(facts, seen), ...wrongStates(facts, seen)],
  }
}

interface Seen {
  readonly notifications: ReadonlySet<string>
  /** By delivery id; of a push by delivery id and provider, too. */
  readonly taken: ReadonlySet<string>
  readonly inInbox: ReadonlySet<string>
  readonly logged: ReadonlyMap<string, DeliveryFact>
}

function lookUp({ notifications, ledger, inboxItems, deliveries }: Facts): Seen {
  const inInbox = inboxItems.map(({ notificationId, userId }) =>
    deliveryId({ notificationId, channel: 'IN_APP', recipientId: userId }),
  )
  return {
    notifications: new Set(notifications.map(({ id }) => id)),
    taken: new Set(ledger.flatMap(({ deliveryId: id, provider }) => [`${id}`, `${id} ${provider}`])),
    inInbox: new Set(inInbox),
    logged: new Map(deliveries.map((row) => [deliveryId({ ...row, channel: channelOf(row.channel) }), row])),
  }
}

function fatesOfOne(asked: Asked, { keys }: Facts, seen: Seen): Fate[] {
  const { key, became, ids, recipients, channels, routing } = asked
  const notificationId = keys.get(key) ?? ids[0]
  if (notificationId === undefined) {
    return became === 'accepted' ? [{ kind: 'lost', what: `${key} was accepted without an id` }] : []
  }
  if (!seen.notifications.has(notificationId)) {
    return [{ kind: 'lost', what: `${notificationId} (${key}) was accepted and is not there` }]
  }
  return recipients.flatMap((recipientId) => {
    const fate = (channel: Channel) => fateOf(deliveryId({ notificationId, channel, recipientId }), channel, seen)
    const inApp = channels.filter((channel) => channel === 'IN_APP').map(fate)
    const others = channels.filter((channel) => channel !== 'IN_APP').map(fate)
    return [...inApp, ...(routing === 'FIRST' ? firstOf(others) : others)]
  })
}

/** Of these the service takes one after the other until one ends well: the best of their fates is that of them all. */
function firstOf(fates: readonly Fate[]): readonly Fate[] {
  const order = ['reached', 'unknown', 'ended', 'lost'] as const
  const best = order.flatMap((kind) => fates.find((fate) => fate.kind === kind) ?? [])[0]
  return best === undefined ? [] : [best]
}

function fateOf(id: string, channel: Channel, { taken, inInbox, logged }: Seen): Fate {
  if (channel === 'IN_APP' ? inInbox.has(id) : taken.has(id)) return { kind: 'reached' }
  const row = logged.get(id)
  if (row === undefined) return { kind: 'lost', what: `${id} has left no trace` }
  if (row.state === 'UNKNOWN' && row.reason === 'no_evidence') return { kind: 'unknown' }
  if (terminal.has(row.state) && row.reason !== null) return { kind: 'ended', how: `${row.state} ${row.reason}` }
  return { kind: 'lost', what: `${id} is said to be ${row.state} (${row.reason}), and nobody has it` }
}

const terminal: ReadonlySet<string> = new Set(['SUPPRESSED', 'FAILED', 'EXPIRED', 'CANCELLED'])

/** A push is for every device: one that was reached on one of them has to be accounted for on the others. */
function missedDevices({ deliveries, devices, attempts }: Facts, { taken }: Seen): Violation[] {
  const refused = new Set(
    attempts
      .filter(({ outcome }) => outcome === 'stale_target' || outcome === 'permanent' || outcome === 'config')
      .map(({ notificationId, recipientId, target }) => `${notificationId} ${recipientId} ${target}`),
  )
  const byUser = Map.groupBy(devices, ({ userId }) => userId)
  const pushes = deliveries.filter(({ channel, state }) => channel === 'PUSH' && reachedStates.has(state))
  return pushes.flatMap(({ notificationId, recipientId }) => {
    const id = deliveryId({ notificationId, channel: 'PUSH', recipientId })
    const missed = (byUser.get(recipientId) ?? []).filter(
      ({ deviceId, platform, isActive }) =>
        isActive &&
        !taken.has(`${id} ${platform === 'IOS' ? 'apns' : 'fcm'}`) &&
        !refused.has(`${notificationId} ${recipientId} ${deviceId}`),
    )
    return missed.map(
      ({ deviceId }): Violation => ({ rule: 'missed device', what: `${id} is sent, and not to her ${deviceId}` }),
    )
  })
}

/** What a provider took is not to be called unsent; that it bounced later is another matter. */
function wrongStates({ ledger }: Facts, { logged }: Seen): Violation[] {
  const ids = new Set(ledger.flatMap(({ deliveryId: id }) => id ?? []))
  return [...ids].flatMap((id): Violation[] => {
    const row = logged.get(id)
    if (row !== undefined && !unsentStates.has(row.state)) return []
    const said = row ? `${row.state} (${row.reason})` : 'nothing'
    return [{ rule: 'wrong state', what: `${id} was taken by a provider, and the service says ${said} of it` }]
  })
}

const unsentStates: ReadonlySet<string> = new Set(['SUPPRESSED', 'EXPIRED', 'CANCELLED'])
const reachedStates: ReadonlySet<string> = new Set(['SENT', 'DELIVERED'])

function channelOf(word: string): Channel {
  const known = ['IN_APP', 'PUSH', 'EMAIL', 'SMS'] as const
  const channel = known.find((each) => each === word)
  if (channel === undefined) throw new Error(`${word} is no channel`)
  return channel
}
