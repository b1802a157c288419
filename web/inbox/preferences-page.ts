import type { Inbox, Preferences, PreferencesChange } from '../client/index.ts'
import { build, setText } from './build-element.ts'
import { iconButton, textButton } from './button.ts'
import { type Category, categoriesOf } from './preference-rows.ts'
import { quietSection } from './quiet-section.ts'
import type { Times } from './times.ts'
import { categorySection, channelSection } from './wish-sections.ts'
import type { Words } from './words.ts'

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

/** Every change is saved as it is made; what is refused is shown as it still is. */
export function preferencesPage(settings: PreferencesPageSettings): PreferencesPage {
  const { inbox, words, times, titleId, onBack } = settings
  let current: Preferences | undefined
  let saving = Promise.resolve()
  const back = iconButton('back', words.back, { class: 'round back', part: 'back' }, onBack)
  const title = build('h2', { id: titleId, part: 'heading' }, words.preferences)
  const status = build('p', { class: 'status', role: 'status' })
  const form = build('form', { class: 'scroller', part: 'preferences' })
  form.addEventListener('submit', (event) => event.preventDefault())
  const header = build('div', { class: 'header', part: 'header' }, back, title, status)
  const node = build('div', { class: 'page' }, header, form)

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
    const categories = categoriesOf(settings.categories, preferences, seen)
    form.replaceChildren(
      ...(preferences.hardStop ? [build('p', { class: 'banner' }, words.hardStop)] : []),
      channelSection(preferences, words, save),
      ...(categories.length > 0 ? [categorySection(preferences, categories, words, save)] : []),
      quietSection(preferences, words, times, save),
    )
    const key = CSS.escape(before?.dataset['key'] ?? '')
    const after = form.querySelector<HTMLInputElement>(`[data-key="${key}"]`)
    after?.focus()
    if (before && after?.type === 'time') after.value = before.value
  }

  async function open(): Promise<void> {
    setText(status, words.loading)
    back.focus()
    try {
      current = await inbox.preferences()
      show(current)
    } catch {
      const again = textButton(words.tryAgain, { class: 'plain' }, () => void open())
      form.replaceChildren(build('div', { class: 'blank' }, build('p', { class: 'title' }, words.failed), again))
    }
    setText(status, '')
  }

  return { node, open }
}
