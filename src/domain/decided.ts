import { type Decision, isSuppressReason, suppressedBy } from './decide.ts'
import { type Channel, channels } from './words.ts'

/**
 * What was decided for each recipient of a page, compact: the words once, and for each recipient the number of a
 * word for each channel; -1 where the channel was not considered.
 */
export interface Decided {
  readonly words: readonly string[]
  readonly of: Readonly<Record<string, readonly number[]>>
}

export function compactDecisions(decisions: ReadonlyMap<string, readonly Decision[]>): Decided {
  const numbers = new Map<string, number>()
  const numberOf = (word: string): number => {
    const number = numbers.get(word) ?? numbers.size
    numbers.set(word, number)
    return number
  }
  const of: Record<string, number[]> = {}
  for (const [recipientId, all] of decisions) {
    of[recipientId] = channels.map((channel) => {
      const decision = all.find((each) => each.channel === channel)
      return decision === undefined ? -1 : numberOf(wordOf(decision))
    })
  }
  return { words: [...numbers.keys()], of }
}

/** What was decided for a recipient and a channel on a page of the instant `at`; undefined: it was not considered. */
export function decisionFor(decided: Decided, recipientId: string, channel: Channel, at: Date): Decision | undefined {
  const number = decided.of[recipientId]?.[channels.indexOf(channel)] ?? -1
  const word = decided.words[number]
  return word === undefined ? undefined : toDecision(word, channel, at)
}

const deferred = 'quiet_hours '

function wordOf(decision: Decision): string {
  switch (decision.outcome) {
    case 'deliver':
      return decision.reason ?? 'deliver'
    case 'expire':
      return 'expire'
    case 'suppress':
      return decision.reason
    case 'defer':
      return `${deferred}${decision.until.toISOString()}`
  }
}

function toDecision(word: string, channel: Channel, at: Date): Decision {
  const until = null
  if (isSuppressReason(word)) {
    return { channel, at, rule: suppressedBy[word], outcome: 'suppress', reason: word, until }
  }
  if (word.startsWith(deferred)) {
    const release = new Date(word.slice(deferred.length))
    return { channel, at, rule: 'quiet_hours', outcome: 'defer', reason: 'quiet_hours', until: release }
  }
  switch (word) {
    case 'deliver':
      return { channel, at, rule: 'deliver', outcome: 'deliver', reason: null, until }
    case 'overruled':
      return { channel, at, rule: 'tier', outcome: 'deliver', reason: 'overruled', until }
    case 'expire':
      return { channel, at, rule: 'expiry', outcome: 'expire', reason: 'expired', until }
    default:
      throw new Error(`"${word}" is no decision`)
  }
}
