import { isStorableText } from '../domain/json-value.ts'
import type { Caller } from '../domain/principal.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Weekday } from '../domain/words.ts'
import type { FieldProblem } from '../errors.ts'

/** What a campaign says besides what any notification does. */
export interface CampaignRequest {
  readonly name: string
  readonly perSecond?: number | null | undefined
  readonly localTime?: string | null | undefined
  readonly sendWindow?: RequestedWindow | null | undefined
}

interface RequestedWindow {
  readonly start: string
  readonly end: string
  readonly days?: readonly Weekday[] | null | undefined
}

export interface CampaignFacts {
  /** undefined: there is none of that name. */
  readonly template: TemplateVersion | undefined
  readonly caller: Pick<Caller, 'campaignPerSecond'>
}

/** Faster than any installation delivers. */
const maxPerSecond = 100_000
const timePattern = /^(?:[01]\d|2[0-3]):[0-5]\d$/

export function campaignProblems(request: CampaignRequest, { template, caller }: CampaignFacts): FieldProblem[] {
  const { name, perSecond, localTime, sendWindow } = request
  return [
    ...nameProblems(name),
    ...(template?.tier === 'TRANSACTIONAL'
      ? [problem(['template'], 'NOT_FOR_TIER', 'must be SOCIAL or MARKETING: this one is TRANSACTIONAL')]
      : []),
    ...(typeof perSecond === 'number' ? paceProblems(perSecond, caller) : []),
    ...(typeof localTime === 'string' ? timeProblems(['localTime'], localTime) : []),
    ...(sendWindow ? windowProblems(sendWindow) : []),
  ]
}

/** The pace of one that names none: all that its caller may. */
export function paceOf(
  { perSecond }: CampaignRequest,
  { campaignPerSecond }: Pick<Caller, 'campaignPerSecond'>,
): number {
  return perSecond ?? campaignPerSecond ?? maxPerSecond
}

function nameProblems(name: string): FieldProblem[] {
  const isName = name.trim() !== '' && name.length <= 200 && isStorableText(name)
  return isName ? [] : [problem(['name'], 'LENGTH', 'must be 1 to 200 characters')]
}

function paceProblems(perSecond: number, { campaignPerSecond }: CampaignFacts['caller']): FieldProblem[] {
  if (perSecond < 1) return [problem(['perSecond'], 'OUT_OF_RANGE', 'must be at least 1')]
  if (campaignPerSecond !== null && perSecond > campaignPerSecond) {
    return [problem(['perSecond'], 'ABOVE_GRANT', `must be at most ${campaignPerSecond}, as granted to this API key`)]
  }
  if (perSecond > maxPerSecond) return [problem(['perSecond'], 'OUT_OF_RANGE', `must be at most ${maxPerSecond}`)]
  return []
}

function windowProblems({ start, end, days }: RequestedWindow): FieldProblem[] {
  return [
    ...timeProblems(['sendWindow', 'start'], start),
    ...timeProblems(['sendWindow', 'end'], end),
    ...(start === end ? [problem(['sendWindow', 'end'], 'EMPTY', 'must not be the start: it would never open')] : []),
    ...(days?.length === 0 ? [problem(['sendWindow', 'days'], 'EMPTY', 'must name a day, or be left out')] : []),
    ...(days ?? []).flatMap((day, index) =>
      days?.indexOf(day) === index
        ? []
        : [problem(['sendWindow', 'days', `${index}`], 'DUPLICATE_DAY', 'is named before')],
    ),
  ]
}

function timeProblems(path: readonly string[], time: string): FieldProblem[] {
  return timePattern.test(time) ? [] : [problem(path, 'BAD_TIME', 'must be HH:MM, from 00:00 to 23:59')]
}

function problem(path: readonly string[], code: string, message: string): FieldProblem {
  return { path: ['input', ...path], code, message }
}
