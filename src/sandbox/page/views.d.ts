// The page runs in browsers as it stands; these are its views as the tests see them.
import type { FaultState } from '../faults.ts'
import type { Written } from '../ledger.ts'

export interface Shown extends Written {
  readonly isNew?: boolean
}
export interface Markup {
  toString(): string
}
export function banner(shown: Shown): Markup
export function mailLine(shown: Shown): Markup
export function letterHead(shown: Shown): Markup
export function letterBody(shown: Shown): Markup
export function bubble(shown: Shown): Markup
export function numberChoice(number: string, count: number, isChosen: boolean): Markup
export function providerCard(state: FaultState): Markup
export function nothing(text: string): Markup
