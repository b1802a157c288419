import { deliveryId } from '../../src/domain/ids.ts'
import type { Channel } from '../generated/operations.ts'
import { type Asked, channelOf, type DeliveryFact, type Facts, hasEnded } from './facts.ts'
import type { Violation } from './oracle.ts'

/** What became of every delivery that was asked for. */
export interface Fates {
  readonly deliveries: number
  readonly reached: number
  readonly ended: Readonly<Record<string, number>>
  readonly unknown: number
  /** Of notifications that have not ended: nobody can tell yet. */
  readonly open: number
  readonly violations: readonly Violation[]
}

type Fate =
  | { readonly kind: 'reached' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'open' }
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
    open: fates.filter(({ kind }) => kind === 'open').length,
    ended: Object.fromEntries(
      [...Map.groupBy(fates, (fate) => (fate.kind === 'ended' ? fate.how : ''))]
        .filter(([how]) => how !== '')
        .map(([how, of]) => [how, of.length]),
    ),
    violations: lost,
  }
}

interface Seen {
  /** By id, whether it has ended. */
  readonly notifications: ReadonlyMap<string, boolean>
  /** Delivery ids. */
  readonly taken: ReadonlySet<string>
  readonly inInbox: ReadonlySet<string>
  readonly logged: ReadonlyMap<string, DeliveryFact>
}

function lookUp({ notifications, ledger, inboxItems, deliveries }: Facts): Seen {
  const inInbox = inboxItems.map(({ notificationId, userId }) =>
    deliveryId({ notificationId, channel: 'IN_APP', recipientId: userId }),
  )
  return {
    notifications: new Map(notifications.map((each) => [each.id, hasEnded(each)])),
    taken: new Set(ledger.flatMap(({ deliveryId: id }) => id ?? [])),
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
  const ended = seen.notifications.get(notificationId)
  if (ended === undefined) {
    return [{ kind: 'lost', what: `${notificationId} (${key}) was accepted and is not there` }]
  }
  return recipients.flatMap((recipientId) => {
    const fate = (channel: Channel): Fate => {
      const found = fateOf(deliveryId({ notificationId, channel, recipientId }), channel, seen)
      return found.kind === 'lost' && !ended ? { kind: 'open' } : found
    }
    const inApp = channels.filter((channel) => channel === 'IN_APP').map(fate)
    const others = channels.filter((channel) => channel !== 'IN_APP').map(fate)
    return [...inApp, ...(routing === 'FIRST' ? firstOf(others) : others)]
  })
}

/** Of these the service takes one after the other until one ends well: the best of their fates is that of them all. */
function firstOf(fates: readonly Fate[]): readonly Fate[] {
  const order = ['reached', 'unknown', 'ended', 'open', 'lost'] as const
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
