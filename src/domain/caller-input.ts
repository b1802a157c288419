import type { FieldProblem } from '../errors.ts'
import { isStorableText } from './json-value.ts'
import type { Tier } from './words.ts'

export interface CallerInput {
  readonly name: string
  readonly tiers: readonly Tier[]
  readonly perMinute: number
  readonly campaignPerSecond?: number | null | undefined
}

const maxPerMinute = 1_000_000

export function callerProblems(input: CallerInput): readonly FieldProblem[] {
  const { name, tiers, perMinute, campaignPerSecond } = input
  const again = tiers.findIndex((tier, index) => tiers.indexOf(tier) < index)
  return [
    ...unless(isName(name), ['name'], 'BAD_NAME', 'must be 1 to 100 printable characters'),
    ...unless(tiers.length > 0, ['tiers'], 'REQUIRED', 'must have at least one tier'),
    ...unless(again === -1, ['tiers', String(again)], 'DUPLICATE_TIER', `is ${tiers[again]} again`),
    ...unless(
      perMinute >= 1 && perMinute <= maxPerMinute,
      ['perMinute'],
      'OUT_OF_RANGE',
      `must be 1 to ${maxPerMinute}, not ${perMinute}`,
    ),
    ...unless(
      (campaignPerSecond ?? 1) >= 1,
      ['campaignPerSecond'],
      'OUT_OF_RANGE',
      `must be 1 or more, not ${campaignPerSecond}`,
    ),
  ]
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= 100 && isStorableText(name) && !/\p{Cc}/u.test(name)
}

function unless(good: boolean, path: readonly string[], code: string, message: string): readonly FieldProblem[] {
  return good ? [] : [{ path: ['input', ...path], code, message }]
}
