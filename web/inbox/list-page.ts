import type { Inbox, InboxItem, InboxSnapshot } from '../client/index.ts'
import { type BlankKind, blank, blankKind } from './blank.ts'
import { build, setAttributes, setText } from './build-element.ts'
import { iconButton, textButton } from './button.ts'
import { type Feed, feed } from './feed.ts'
import { icon } from './icon.ts'
import type { ItemHandlers } from './item-view.ts'
import type { Times } from './times.ts'
import { toast } from './toast.ts'
import type { Words } from './words.ts'

export interface ListPageSettings {
  readonly inbox: Inbox
  readonly words: Words
  readonly times: Times
  readonly titleId: string
  readonly onOpen: ItemHandlers['onOpen']
  readonly onPreferences: () => void
}

export interface ListPage {
  readonly node: HTMLElement
  update(snapshot: InboxSnapshot): void
  focus(): void
  focusPreferences(): void
}

/** Header, list and footer. */
export function listPage({ inbox, words, times, titleId, onOpen, onPreferences }: ListPageSettings): ListPage {
  let isUnreadOnly = false
  let blankNow: { readonly kind: BlankKind; readonly node: HTMLElement } | undefined
  const told = toast()

  const attempt = (work: Promise<void>) => void work.catch(() => told.show(words.notSaved))
  const handlers: ItemHandlers = {
    onOpen(item, action) {
      if (item.readAt === null) attempt(inbox.markRead([item.id]))
      return onOpen(item, action)
    },
    onToggleRead: ({ id, readAt }) => attempt(readAt === null ? inbox.markRead([id]) : inbox.markUnread([id])),
    onArchive({ id }) {
      attempt(inbox.archive([id]))
      told.show(words.archived, { text: words.undo, work: () => attempt(inbox.unarchive([id])) })
    },
  }

  const title = build('h2', { id: titleId, part: 'heading' }, words.title)
  const allRead = iconButton('checks', words.markAllRead, { part: 'mark-all-read' }, () => attempt(inbox.markAllRead()))
  const filter = (text: string, isUnread: boolean) =>
    textButton(text, { part: 'filter' }, () => {
      isUnreadOnly = isUnread
      update(inbox.getSnapshot())
    })
  const [all, unread] = [filter(words.all, false), filter(words.unread, true)]
  const banner = build('p', { class: 'banner', part: 'banner', role: 'status', hidden: true })
  const list: Feed = feed({
    words,
    times,
    handlers,
    onEnd() {
      const { hasMore, isLoadingMore, state, unreadCount, items } = inbox.getSnapshot()
      const isComplete = isUnreadOnly && shownOf(items).length >= unreadCount
      if (hasMore && !isLoadingMore && state === 'live' && !isComplete) attempt(inbox.loadMore())
    },
    onLeave: (towards) => (towards === 'before' ? allRead : preferences).focus(),
  })
  const preferences = textButton(words.preferences, { class: 'plain', part: 'preferences-button' }, onPreferences)
  preferences.prepend(icon('settings'))
  const header = build(
    'div',
    { class: 'header', part: 'header' },
    title,
    build('div', { class: 'filters', role: 'group' }, all, unread),
    allRead,
  )
  const node = build(
    'div',
    { class: 'page' },
    header,
    banner,
    list.node,
    told.node,
    build('div', { class: 'footer', part: 'footer' }, preferences),
  )

  function shownOf(items: readonly InboxItem[]): readonly InboxItem[] {
    return isUnreadOnly ? items.filter(({ readAt }) => readAt === null) : items
  }

  function update(snapshot: InboxSnapshot): void {
    const items = shownOf(snapshot.items)
    const kind = blankKind(snapshot, items.length)
    if (kind !== blankNow?.kind) {
      blankNow?.node.remove()
      blankNow = kind && { kind, node: blank(kind, snapshot, words, inbox.retry) }
      if (blankNow) list.node.prepend(blankNow.node)
    }
    setAttributes(all, { 'aria-pressed': String(!isUnreadOnly) })
    setAttributes(unread, { 'aria-pressed': String(isUnreadOnly) })
    // Not `disabled`: who has just pressed it would lose the focus.
    setAttributes(allRead, { 'aria-disabled': snapshot.unreadCount === 0 ? 'true' : null })
    const problem = snapshot.isLoaded ? problemOf(snapshot) : ''
    setText(banner, problem)
    setAttributes(banner, { hidden: problem === '' })
    list.update({
      items,
      hasMore: snapshot.hasMore,
      isBusy: snapshot.isLoadingMore || !snapshot.isLoaded,
      now: new Date(),
    })
  }

  function problemOf({ state, error }: InboxSnapshot): string {
    if (state === 'offline') return `${words.offline}. ${words.offlineHint}`
    return state === 'error' ? ((error && words.reasons[error.code]) ?? words.failed) : ''
  }

  return {
    node,
    update,
    focus() {
      if (!list.focusFirst()) allRead.focus()
    },
    focusPreferences: () => preferences.focus(),
  }
}
