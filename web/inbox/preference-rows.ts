import type { Channel } from '../client/generated/operations.ts'
import type { Preferences } from '../client/index.ts'

/** A category of notifications, by the words of the page it is shown on. */
export interface Category {
  readonly id: string
  readonly label: string
}

/** Those that the page names; else those that somebody has said something of, and those of which there are items. */
export function categoriesOf(
  named: readonly Category[] | undefined,
  { categories }: Preferences,
  seen: readonly string[],
): readonly Category[] {
  if (named) return named
  const ids = new Set([...categories.map(({ category }) => category), ...seen])
  return [...ids].sort().map((id) => ({ id, label: readable(id) }))
}

/** What was said of the channel, else of the category; everything else is wanted. */
export function isWanted({ categories }: Preferences, category: string, channel: Channel): boolean {
  const said = categories.filter((each) => each.category === category)
  const found = said.find((each) => each.channel === channel) ?? said.find((each) => each.channel === null)
  return found?.enabled ?? true
}

/** `social.new-follower` is "Social new follower". */
function readable(id: string): string {
  const words = id.replace(/[._:-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
