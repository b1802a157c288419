// The page runs in browsers as it stands; these are its views as the tests see them.
import type { Markup } from './views.d.ts'

export interface Template {
  readonly name: string
  readonly tier: string
  readonly category: string
  readonly channels: readonly string[]
}
export interface Step {
  readonly channel: string
  readonly at: string
  readonly rule: string
  readonly outcome: string
  readonly reason: string | null
  readonly provider: string | null
  readonly until: string | null
}
export interface Preview {
  readonly template: Template
  readonly foreseen: {
    readonly decisions: readonly Step[]
    readonly problems: readonly string[]
    readonly contents: readonly {
      readonly channel: string
      readonly title: string | null
      readonly subject: string | null
      readonly body: string
    }[]
  } | null
  readonly problem: string | null
  readonly sent: { readonly id: string; readonly decisions: readonly Step[]; readonly problem: string | null } | null
}
interface Muted {
  readonly categories: readonly {
    readonly category: string
    readonly channel: string | null
    readonly enabled: boolean
  }[]
}
export function personChoice(person: { readonly userId: string }, isChosen: boolean): Markup
export function zoneChoice(zone: string, isChosen: boolean): Markup
export function channelRow(
  channel: { readonly channel: string; readonly enabled: boolean },
  index: number,
  count: number,
): Markup
export function categoryTable(templates: readonly Template[], preferences: Muted): Markup
export function previewCard(preview: Preview, timeZone: string): Markup
