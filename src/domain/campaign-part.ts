import type { SendWindow } from './campaign.ts'
import { opensAt } from './send-window.ts'
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

/** Whose turn it is among the parts that are not done: of those whose window is open, the one that fell due first. */
export function choosePart(
  parts: readonly CampaignPart[],
  sendWindow: SendWindow | null,
  zoneOf: (timeZone: string) => Zone,
  now: Date,
): Choice | undefined {
  const turns = parts.map((part) => ({ part, at: turnOf(part) }))
  const [first] = turns.toSorted(
    (left, right) => left.at.getTime() - right.at.getTime() || left.part.dueAt.getTime() - right.part.dueAt.getTime(),
  )
  if (first === undefined) return undefined
  return first.at > now ? { restUntil: first.at } : { part: first.part }

  function turnOf({ dueAt, timeZone }: CampaignPart): Date {
    const from = dueAt > now ? dueAt : now
    return sendWindow === null ? from : opensAt(zoneOf(timeZone), sendWindow, from)
  }
}
