import { gsm7Units } from '../domain/gsm7.ts'

const gsm7 = { single: 160, part: 153 } as const
const ucs2 = { single: 70, part: 67 } as const

/** How many SMS a text is billed as. A character that takes two units is never split between two parts. */
export function smsSegments(text: string): number {
  const gsmUnits = gsm7Units(text)
  return gsmUnits === undefined ? segments(ucs2Units(text), ucs2) : segments(gsmUnits, gsm7)
}

function ucs2Units(text: string): readonly number[] {
  return Array.from(text, (character) => character.length)
}

function segments(units: readonly number[], limit: { readonly single: number; readonly part: number }): number {
  const total = units.reduce((sum, unit) => sum + unit, 0)
  if (total <= limit.single) return 1
  let count = 1
  let used = 0
  for (const unit of units) {
    if (used + unit > limit.part) {
      count += 1
      used = 0
    }
    used += unit
  }
  return count
}
