import type { Preferences, PreferencesChange } from '../client/index.ts'
import { checkBox, chips, section } from './check-box.ts'
import { type Category, isWanted } from './preference-rows.ts'
import { channels, type Words } from './words.ts'

/** Makes a change of what preferences are when it is its turn. */
export type Save = (changeOf: (now: Preferences) => PreferencesChange) => void

export function channelSection(preferences: Preferences, words: Words, save: Save): HTMLElement {
  const rows = channels.map((channel) =>
    checkBox({
      key: channel,
      label: words.channels[channel],
      isOn: preferences.channels.find((each) => each.channel === channel)?.enabled ?? true,
      look: 'switch',
      onChange: (enabled) => save(() => ({ channels: [{ channel, enabled }] })),
    }),
  )
  return section(words.channelsTitle, ...rows)
}

export function categorySection(
  preferences: Preferences,
  categories: readonly Category[],
  words: Words,
  save: Save,
): HTMLElement {
  const rows = categories.map(({ id: category, label }) => {
    const boxes = channels.map((channel) =>
      checkBox({
        key: `${category} ${channel}`,
        label: words.channels[channel],
        isOn: isWanted(preferences, category, channel),
        look: 'chip',
        onChange: (enabled) => save(() => ({ categories: [{ category, channel, enabled }] })),
      }),
    )
    return chips(label, ...boxes)
  })
  return section(words.categoriesTitle, ...rows)
}
