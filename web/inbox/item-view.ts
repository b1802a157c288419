import type { InboxItem } from '../client/index.ts'
import { build, setAttributes, setText } from './build-element.ts'
import { iconButton } from './button.ts'
import { icon } from './icon.ts'
import { openLink } from './open-link.ts'
import { picture } from './picture.ts'
import type { Times } from './times.ts'
import type { Words } from './words.ts'

type Action = InboxItem['actions'][number]

export interface ItemHandlers {
  /** Opened, by its title or by one of its buttons. False: the page has seen to it, do not follow the link. */
  readonly onOpen: (item: InboxItem, action: Action | null) => boolean
  readonly onToggleRead: (item: InboxItem) => void
  readonly onArchive: (item: InboxItem) => void
}

export interface ItemPlace {
  /** From 1. */
  readonly position: number
  /** -1: nobody knows yet. */
  readonly size: number
  /** Above the first item of a day. */
  readonly day: string | null
  readonly now: Date
}

export interface ItemView {
  readonly node: HTMLElement
  update(item: InboxItem, place: ItemPlace): void
}

/** One article of the feed. What an item says never changes; whether it is read does. */
export function itemView(first: InboxItem, words: Words, times: Times, handlers: ItemHandlers): ItemView {
  let item = first
  const key = `item-${item.id.replace(/[^\w-]/g, '_')}`
  const day = build('h3', { class: 'day', part: 'day', hidden: true })
  const unread = build('span', { class: 'unseen', id: `${key}-unread` }, words.unread)
  const title = openLink(
    item.title,
    item.deepLink,
    { class: 'title', part: 'title', id: `${key}-title`, dir: 'auto' },
    () => handlers.onOpen(item, null),
  )
  const body = build('p', { class: 'body', part: 'body', id: `${key}-body`, dir: 'auto' }, item.body)
  const time = build('time', { part: 'time', datetime: item.sentAt, title: times.full(item.sentAt), id: `${key}-time` })
  const actions = item.actions.map((action) =>
    openLink(action.title, action.deepLink, { class: 'action', part: 'action' }, () => handlers.onOpen(item, action)),
  )
  const toggle = iconButton('check', '', { part: 'toggle-read' }, () => handlers.onToggleRead(item))
  const archive = iconButton('archive', words.archive, { part: 'archive' }, () => handlers.onArchive(item))
  const text = build(
    'div',
    { class: 'text' },
    build('h4', {}, unread, title),
    item.body === '' ? null : body,
    time,
    actions.length > 0 ? build('div', { class: 'actions' }, ...actions) : null,
  )
  const card = build('div', { class: 'card' }, picture(item), text, build('div', { class: 'tools' }, toggle, archive))
  const node = build(
    'article',
    { tabindex: 0, 'aria-describedby': `${key}-body ${key}-time`, 'data-id': item.id },
    day,
    card,
  )

  return {
    node,
    update(next, { position, size, day: dayText, now }) {
      item = next
      const isUnread = item.readAt === null
      const toggleLabel = isUnread ? words.markRead : words.markUnread
      setAttributes(node, {
        part: isUnread ? 'item item-unread' : 'item',
        class: isUnread ? 'unread' : null,
        'aria-posinset': position,
        'aria-setsize': size,
        'aria-labelledby': isUnread ? `${key}-unread ${key}-title` : `${key}-title`,
      })
      setAttributes(unread, { hidden: !isUnread })
      setAttributes(day, { hidden: dayText === null })
      setText(day, dayText ?? '')
      setText(time, times.time(item.sentAt, now))
      if (toggle.title !== toggleLabel) {
        setAttributes(toggle, { title: toggleLabel, 'aria-label': toggleLabel })
        toggle.replaceChildren(icon(isUnread ? 'check' : 'dot'))
      }
    },
  }
}
