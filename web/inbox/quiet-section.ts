import type { QuietHoursInput } from '../client/generated/operations.ts'
import type { Preferences } from '../client/index.ts'
import { build } from './build-element.ts'
import { checkBox, chips, section } from './check-box.ts'
import type { Times } from './times.ts'
import type { Save } from './wish-sections.ts'
import { type Words, weekdays } from './words.ts'

const usual: QuietHoursInput = { start: '22:00', end: '07:00', days: weekdays }

export function quietSection(
  { quietHours, timeZone }: Preferences,
  words: Words,
  times: Times,
  save: Save,
): HTMLElement {
  const change = (next: (now: QuietHoursInput) => QuietHoursInput | null) =>
    save((now) => ({ quietHours: next(now.quietHours ?? usual) }))
  const toggle = checkBox({
    key: 'quiet',
    label: words.quietHoursHint,
    isOn: quietHours !== null,
    look: 'switch',
    onChange: (isOn) => change((now) => (isOn ? now : null)),
  })
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
    checkBox({
      key: day,
      label: times.weekday(index),
      isOn: quietHours.days.includes(day),
      look: 'chip',
      onChange: (isOn) =>
        change((now) => {
          const left = weekdays.filter((each) => (each === day ? isOn : (now.days ?? weekdays).includes(each)))
          return left.length > 0 ? { ...now, days: left } : null
        }),
    }),
  )
  return section(
    words.quietHours,
    toggle,
    build('div', { class: 'times' }, time('start', words.from), time('end', words.until)),
    chips(words.days, ...days),
    build('p', { class: 'hint' }, words.clockOf(timeZone)),
  )
}
