import type { Decision } from './decide.ts'
import { type Channel, channels } from './words.ts'

/**
 * What was decided for each recipient of a page, compact: the words once, and for each recipient the number of a
 * word for each channel; -1 where the channel was not considered.
 */
export interface Decided {
  readonly words: readonly string[]
  readonly of: Readonly<Record<string, readonly number[]>>
}

const delivered = 'deliver'
const expired = 'expire'

export function compactDecisions(decisions: ReadonlyMap<string, readonly Decision[]>): Decided {
  const words: string[] = []
  const numberOf = (word: string): number => {
    const known = words.indexOf(word)
    return known >= 0 ? known : words.push(word) - 1
  }
  const of: Record<string, number[]> = {}
  for (const [recipientId, all] of decisions) {
    of[recipientId] = channels.map((channel) => {
      const decision = all.find((each) => each.channel === channel)
      return decision === undefined ? -1 : numberOf(wordOf(decision))
    })
  }
  return { words, of }
}

/** What was decided for one recipient and channel: 'deliver', 'expire', the reason of a suppression, or nothing. */
export function decidedFor(decided: Decided, recipientId: string, channel: Channel): string | undefined {
  const number = decided.of[recipientId]?.[channels.indexOf(channel)] ?? -1
  return decided.words[number]
}

function wordOf(decision: Decision): string {
  switch (decision.outcome) {
    case 'deliver':
      return delivered
    case 'expire':
      return expired
    case 'suppress':
      return decision.reason
  }
}
