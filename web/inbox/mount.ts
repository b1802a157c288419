import type { Inbox, InboxItem, InboxSnapshot } from '../client/index.ts'
import { announcer } from './announcer.ts'
import { bell as bellOf } from './bell.ts'
import { build } from './build-element.ts'
import { listPage } from './list-page.ts'
import { popover } from './popover.ts'
import type { Category } from './preference-rows.ts'
import { preferencesPage } from './preferences-page.ts'
import { safeLink } from './safe-link.ts'
import { timesOf } from './times.ts'
import type { Words } from './words.ts'

/** Of the event `carillon-open`. `preventDefault()` keeps the link from being followed. */
export interface OpenDetail {
  readonly item: InboxItem
  /** The button that was pressed; null: the item itself. */
  readonly action: InboxItem['actions'][number] | null
  /** Where it leads; null: not to a web page, see `deepLink`. */
  readonly url: string | null
}

export interface MountSettings {
  /** Undefined: nobody is signed in yet, and the bell is silent. */
  readonly inbox: Inbox | undefined
  readonly close: () => void
  readonly locale: string
  readonly words: Words
  readonly categories: readonly Category[] | undefined
  /** The panel is in its place in the page, without a bell. */
  readonly isInline: boolean
}

export interface Mounted {
  toggle(isOpen: boolean): void
  close(): void
}

const minuteMs = 60_000
const titleId = 'title'

/** Fills the shadow root of an element with an inbox, and keeps it up to date. */
export function mount(host: HTMLElement, settings: MountSettings): Mounted {
  const { inbox, words, isInline } = settings
  const times = timesOf(settings.locale, undefined)
  const bell = bellOf(words, times)
  bell.update(0)
  if (!inbox) {
    host.shadowRoot?.replaceChildren(...(isInline ? [] : [bell.node]))
    return { toggle: () => {}, close: () => {} }
  }

  const tell = (name: string, detail: object) =>
    host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }))
  const panel = build('div', {
    class: 'panel',
    part: 'panel',
    role: isInline ? 'region' : 'dialog',
    'aria-labelledby': titleId,
  })
  const list = listPage({
    inbox,
    words,
    times,
    titleId,
    onOpen(item, action): boolean {
      const url = safeLink((action ?? item).deepLink, document.baseURI)?.href ?? null
      return tell('carillon-open', { item, action, url } satisfies OpenDetail)
    },
    onPreferences() {
      panel.replaceChild(preferences.node, list.node)
      void preferences.open()
    },
  })
  const preferences = preferencesPage({
    inbox,
    words,
    times,
    titleId,
    categories: settings.categories,
    onBack() {
      panel.replaceChild(list.node, preferences.node)
      list.focusPreferences()
    },
  })
  panel.append(list.node)
  const pop = isInline ? undefined : popover(panel, bell.node, words, list.focus)
  const live = announcer(words.added)
  host.shadowRoot?.replaceChildren(...(isInline ? [] : [bell.node]), panel, live.node)

  let before: { readonly unreadCount: number | undefined; readonly isOver: boolean } = {
    unreadCount: undefined,
    isOver: false,
  }
  function update({ unreadCount, state, isLoaded, error }: InboxSnapshot): void {
    bell.update(unreadCount)
    const now = { unreadCount: isLoaded ? unreadCount : undefined, isOver: state === 'error' }
    if (isLoaded && now.unreadCount !== before.unreadCount) tell('carillon-count', { unreadCount })
    if (now.isOver && !before.isOver) tell('carillon-error', { error })
    before = now
  }
  const refresh = () => list.update(inbox.getSnapshot())
  const stopFollowing = inbox.subscribe((snapshot) => {
    list.update(snapshot)
    update(snapshot)
  })
  const stopAdded = inbox.onAdded((item) => {
    live.added(item.title)
    tell('carillon-added', { item })
  })
  // "2 minutes ago" does not stay so.
  const clock = setInterval(refresh, minuteMs)
  return {
    toggle: (isOpen) => pop?.toggle(isOpen),
    close() {
      stopFollowing()
      stopAdded()
      clearInterval(clock)
      live.close()
      pop?.close()
      settings.close()
    },
  }
}
