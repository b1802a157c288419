import type { SendWindow } from './campaign.ts'
import { nextOpening, type Opening } from './send-window.ts'
import type { Zone } from './time-zones.ts'

/** Those of a campaign's recipients whose clocks are in one zone. */
export interface CampaignPart {
  readonly timeZone: string
  readonly dueAt: Date
  /** Behind whom its next page begins. */
  readonly cursor: string
}

export type Choice =
  | { readonly part: CampaignPart }
  /** None has its turn before then. */
  | { readonly restUntil: Date }

/**
 * Whose turn it is among the parts that are not done: of those whose window is open, the one where it closes first; else
 * the one that fell due first.
 */
export function choosePart(
  parts: readonly CampaignPart[],
  sendWindow: SendWindow | null,
  zoneOf: (timeZone: string) => Zone,
  now: Date,
): Choice | undefined {
  const [first] = parts.map((part) => ({ part, opening: openingOf(part) })).toSorted(inTurn)
  if (first === undefined) return undefined
  const { part, opening } = first
  return opening.from > now ? { restUntil: opening.from } : { part }

  function openingOf({ dueAt, timeZone }: CampaignPart): Opening {
    const from = dueAt > now ? dueAt : now
    return sendWindow === null ? { from, until: noEnd } : nextOpening(zoneOf(timeZone), sendWindow, from)
  }
}

/** Of what has no window. */
const noEnd = new Date(8_640_000_000_000_000)

interface Candidate {
  readonly part: CampaignPart
  readonly opening: Opening
}

function inTurn(left: Candidate, right: Candidate): number {
  return (
    left.opening.from.getTime() - right.opening.from.getTime() ||
    left.opening.until.getTime() - right.opening.until.getTime() ||
    left.part.dueAt.getTime() - right.part.dueAt.getTime()
  )
}
