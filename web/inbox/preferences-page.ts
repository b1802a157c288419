import type { Channel, QuietHoursInput } from '../client/generated/operations.ts'
import type { Inbox, Preferences, PreferencesChange } from '../client/index.ts'
import { build, setText } from './build-element.ts'
import { iconButton, textButton } from './button.ts'
import { type Category, categoriesOf, isWanted } from './preference-rows.ts'
import type { Times } from './times.ts'
import { channels, type Words, weekdays } from './words.ts'

export interface PreferencesPageSettings {
  readonly inbox: Inbox
  readonly words: Words
  readonly times: Times
  readonly titleId: string
  readonly categories: readonly Category[] | undefined
  readonly onBack: () => void
}

export interface PreferencesPage {
  readonly node: HTMLElement
  open(): Promise<void>
}

const usual: QuietHoursInput = { start: '22:00', end: '07:00', days: weekdays }

/** Every change is saved as it is made; what is refused is shown as it still is. */
export function preferencesPage(settings: PreferencesPageSettings): PreferencesPage {
  const { inbox, words, times, titleId, categories, onBack } = settings
  let current: Preferences | undefined
  let saving = Promise.resolve()
  const back = iconButton('back', words.back, { class: 'round back', part: 'back' }, onBack)
  const status = build('p', { class: 'status', role: 'status' })
  const form = build('form', { class: 'scroller', part: 'preferences' })
  form.addEventListener('submit', (event) => event.preventDefault())
  const node = build(
    'div',
    { class: 'page' },
    build(
      'div',
      { class: 'header', part: 'header' },
      back,
      build('h2', { id: titleId, part: 'heading' }, words.preferences),
      status,
    ),
    form,
  )

  /** One after the other, each from what the one before it has made. */
  function save(changeOf: (now: Preferences) => PreferencesChange): void {
    saving = saving.then(async () => {
      if (!current) return
      try {
        current = await inbox.updatePreferences(changeOf(current))
        setText(status, words.saved)
      } catch {
        setText(status, words.notSaved)
      }
      show(current)
    })
  }

  /** What had the focus has it again, with what is half typed in it. */
  function show(preferences: Preferences): void {
    const before = form.querySelector<HTMLInputElement>(':focus')
    const seen = inbox.getSnapshot().items.map(({ category }) => category)
    form.replaceChildren(
      ...(preferences.hardStop ? [build('p', { class: 'banner' }, words.hardStop)] : []),
      channelSection(preferences),
      ...categorySection(preferences, categoriesOf(categories, preferences, seen)),
      quietSection(preferences),
    )
    const key = CSS.escape(before?.dataset['key'] ?? '')
    const after = form.querySelector<HTMLInputElement>(`[data-key="${key}"]`)
    after?.focus()
    if (before && after?.type === 'time') after.value = before.value
  }

  function section(title: string, ...rows: readonly HTMLElement[]): HTMLElement {
    return build('fieldset', {}, build('legend', {}, title), ...rows)
  }

  function box(key: string, isOn: boolean, label: string, className: string, onChange: (isOn: boolean) => void) {
    const isSwitch = className === 'switch'
    const input = build('input', { type: 'checkbox', 'data-key': key, ...(isSwitch && { role: 'switch' }) })
    input.checked = isOn
    input.addEventListener('change', () => onChange(input.checked))
    return build('label', { class: className }, build('span', {}, label), input)
  }

  function channelSection(preferences: Preferences): HTMLElement {
    const rows = channels.map((channel) => {
      const isOn = preferences.channels.find((each) => each.channel === channel)?.enabled ?? true
      const change = (enabled: boolean) => save(() => ({ channels: [{ channel, enabled }] }))
      return box(channel, isOn, words.channels[channel], 'switch', change)
    })
    return section(words.channelsTitle, ...rows)
  }

  function categorySection(preferences: Preferences, shown: readonly Category[]): readonly HTMLElement[] {
    const chip = (category: string, channel: Channel) =>
      box(
        `${category} ${channel}`,
        isWanted(preferences, category, channel),
        words.channels[channel],
        'chip',
        (enabled) => save(() => ({ categories: [{ category, channel, enabled }] })),
      )
    const rows = shown.map(({ id, label }) =>
      build(
        'div',
        { class: 'row', role: 'group', 'aria-label': label },
        build('span', { dir: 'auto' }, label),
        build('div', { class: 'chips' }, ...channels.map((channel) => chip(id, channel))),
      ),
    )
    return rows.length > 0 ? [section(words.categoriesTitle, ...rows)] : []
  }

  function quietSection({ quietHours, timeZone }: Preferences): HTMLElement {
    const change = (next: (now: QuietHoursInput) => QuietHoursInput | null) =>
      save((now) => ({ quietHours: next(now.quietHours ?? usual) }))
    const toggle = box('quiet', quietHours !== null, words.quietHoursHint, 'switch', (isOn) =>
      change((now) => (isOn ? now : null)),
    )
    if (quietHours === null) return section(words.quietHours, toggle)
    const time = (key: 'start' | 'end', label: string) => {
      const input = build('input', { type: 'time', required: true, 'data-key': key, value: quietHours[key] })
      input.addEventListener('change', () => {
        const { value } = input
        // A time that is half typed is none yet.
        if (value) change((now) => ({ ...now, [key]: value }))
      })
      return build('label', { class: 'time' }, build('span', {}, label), input)
    }
    const days = weekdays.map((day, index) =>
      box(day, quietHours.days.includes(day), times.weekday(index), 'chip', (isOn) =>
        change((now) => {
          const left = weekdays.filter((each) => (each === day ? isOn : (now.days ?? weekdays).includes(each)))
          return left.length > 0 ? { ...now, days: left } : null
        }),
      ),
    )
    return section(
      words.quietHours,
      toggle,
      build('div', { class: 'times' }, time('start', words.from), time('end', words.until)),
      build(
        'div',
        { class: 'row', role: 'group', 'aria-label': words.days },
        build('span', {}, words.days),
        build('div', { class: 'chips' }, ...days),
      ),
      build('p', { class: 'hint' }, words.clockOf(timeZone)),
    )
  }

  async function open(): Promise<void> {
    setText(status, words.loading)
    back.focus()
    try {
      current = await inbox.preferences()
      show(current)
      setText(status, '')
    } catch {
      const again = textButton(words.tryAgain, { class: 'plain' }, () => void open())
      form.replaceChildren(build('div', { class: 'blank' }, build('p', { class: 'title' }, words.failed), again))
      setText(status, '')
    }
  }

  return { node, open }
}
